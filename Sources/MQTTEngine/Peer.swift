import MQTTCodec

/// Who is at the other end of a connection, as the transport knows it.
public struct Peer: Hashable, Sendable {
    /// `ADDRESS:PORT`, or the path of a Unix socket; for logs and decisions.
    public var address: String
    /// The URL of the listener that accepted it, as configured; `in-process` for the embedding program.
    public var listener: String
    /// The name in the client's certificate, where the transport has verified one.
    public var certificateName: MQTTString?
    /// Tells the connections of a process apart, which addresses do not for Unix sockets; 0: not counted.
    public var number: UInt64

    public init(
        address: String, listener: String, certificateName: MQTTString? = nil, number: UInt64 = 0
    ) {
        self.address = address
        self.listener = listener
        self.certificateName = certificateName
        self.number = number
    }
}
