/// Who is at the other end of a connection, as the transport knows it.
public struct Peer: Hashable, Sendable {
    /// `ADDRESS:PORT`, or the path of a Unix socket; for logs and decisions.
    public var address: String
    /// The URL of the listener that accepted it, as configured; `in-process` for the embedding program.
    public var listener: String

    public init(address: String, listener: String) {
        self.address = address
        self.listener = listener
    }
}
