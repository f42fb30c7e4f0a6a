/// How log lines look.
enum LogFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// One JSON object on each line, for programs.
    case json
}
