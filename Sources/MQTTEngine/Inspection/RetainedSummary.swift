import MQTTCodec

/// A retained message as an operator sees it.
public struct RetainedSummary: Sendable, Equatable {
    public var topic: MQTTString
    public var qos: QoS
    public var payloadBytes: Int
    /// The first bytes of the payload, as many as were asked for.
    public var payload: [UInt8]
    /// Milliseconds; nil: no end.
    public var expiresIn: Int64?
}

/// One level of the tree of retained topics.
public struct TopicLevel: Sendable, Equatable {
    public var name: MQTTString
    /// Whether a message is retained at this very topic.
    public var isRetained: Bool
    /// Whether there is something below it.
    public var hasChildren: Bool
}
