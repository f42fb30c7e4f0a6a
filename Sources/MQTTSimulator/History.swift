/// What happened in a round, a line a step: the last ones are told with a fault.
struct History {
    /// How many lines are kept.
    static let length = 60

    private(set) var lines: [String] = []
    private var count = 0
    private let trace: (String) -> Void

    /// - Parameter trace: gets every line as it comes; nil: none.
    init(trace: ((String) -> Void)?) {
        self.trace = trace ?? { _ in }
    }

    mutating func add(_ line: String) {
        count += 1
        let numbered = "\(count) \(line)"
        trace(numbered)
        lines.append(numbered)
        if lines.count > 2 * Self.length { lines.removeFirst(Self.length) }
    }

    var tail: [String] { lines.suffix(Self.length) }
}
