import MQTTCodec

/// A session as an operator sees it, connected or not.
public struct SessionSummary: Sendable, Equatable {
    public var clientIdentifier: MQTTString
    public var userName: MQTTString?
    public var version: ProtocolVersion
    /// nil: the client is away.
    public var peer: Peer?
    /// Milliseconds since the connection was opened; nil: the client is away.
    public var connectedFor: Int64?
    /// Milliseconds since the client was last heard of; nil: it is away.
    public var silentFor: Int64?
    /// Seconds; 0: none.
    public var keepAlive: Int64
    /// Bytes that came through its present connection.
    public var bytesReceived: UInt64
    /// Bytes that went out through its present connection.
    public var bytesSent: UInt64
    public var subscriptions: Int
    /// Messages that wait to be sent.
    public var queuedMessages: Int
    public var queuedBytes: Int
    /// Messages sent and not yet acknowledged.
    public var inFlightMessages: Int
    /// The most there may be at a time.
    public var inFlightMaximum: Int
    /// Whether publishers have to wait for it, or are refused.
    public var isFull: Bool
    /// Session Expiry Interval in seconds; 0xFFFFFFFF: no end.
    public var expiryInterval: UInt32
    /// Milliseconds until it ends; nil: it is connected, or has no end.
    public var expiresIn: Int64?
    public var hasWill: Bool
    /// Why its last connection ended; nil: none has, since the broker started.
    public var lastDisconnect: DisconnectCause?
}
