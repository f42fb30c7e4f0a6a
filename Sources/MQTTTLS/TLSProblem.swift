/// Why TLS cannot be had, in words that say what to do.
public struct TLSProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public var path: String
    public var message: String

    public var description: String { "\(path): \(message)" }
}
