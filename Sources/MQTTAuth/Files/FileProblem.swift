/// What is wrong with a file, in words that say what to do. Secrets in the file are never part of it.
public struct FileProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public var path: String
    /// Counted from 1; nil: the file as a whole.
    public var line: Int?
    public var message: String

    public init(path: String, line: Int? = nil, message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    public var description: String {
        line.map { "\(path):\($0): \(message)" } ?? "\(path): \(message)"
    }
}
