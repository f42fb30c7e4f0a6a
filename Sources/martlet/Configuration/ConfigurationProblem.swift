/// One thing that is wrong with a configuration, in words that say what to do.
struct ConfigurationProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// None: it lies in what was left out.
    var origin: ConfigurationOrigin?
    /// `limits.packet_size`; empty where no setting is meant.
    var path: String
    var message: String

    var description: String {
        // A flag names its setting already.
        [origin?.description ?? "", isUsage ? "" : path, message].filter { !$0.isEmpty }.joined(
            separator: ": ")
    }

    /// The line in the file; what lies elsewhere comes after all lines.
    var place: Int {
        if case .file(_, let line, _) = origin { line } else { .max }
    }

    /// Whether it lies in how the command was called.
    var isUsage: Bool {
        if case .flag = origin { true } else { false }
    }
}
