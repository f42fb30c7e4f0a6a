/// Why the broker did not do what a tool asked of it.
struct ControlProblem: Error, CustomStringConvertible {
    var text: String

    var description: String { text }
}
