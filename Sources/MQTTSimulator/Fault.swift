/// Something that a broker must not do, or did not do.
public struct Fault: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
