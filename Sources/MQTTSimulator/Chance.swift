/// The one source of everything random in a round: SplitMix64, so that a seed means the same everywhere.
struct Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 up to, but not including, `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func between(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }

    /// Whether something happens that does so `percent` times in a hundred.
    mutating func percent(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    /// One of the choices, each as often as its weight says.
    mutating func pick<Element>(weighted choices: [(weight: Int, choice: Element)]) -> Element {
        var place = below(choices.reduce(0) { $0 + $1.weight })
        for (weight, choice) in choices {
            if place < weight { return choice }
            place -= weight
        }
        preconditionFailure("weights that add up to their sum leave nothing over")
    }
}
