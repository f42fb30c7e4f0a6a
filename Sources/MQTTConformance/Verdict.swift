/// What became of a ``Check``.
public enum Verdict: Hashable, Sendable {
    case passed
    /// The broker did something else than the standard says; the text tells what.
    case failed(String)
    /// The broker says that it does not have what the check is about.
    case notOffered(String)
}

/// Ends a check.
struct CheckFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Ends a check that is about something that the broker does not offer.
struct NotOffered: Error {
    let what: String
}
