import MQTTTransport

/// A listener that accepts connections.
public struct BoundListener: Sendable, Hashable {
    /// As configured.
    public var configuration: ListenerConfiguration
    /// With the real port, where it was configured as 0.
    public var url: ListenerURL
    /// The real port; nil for a Unix socket.
    public var port: Int? { url.port }
}
