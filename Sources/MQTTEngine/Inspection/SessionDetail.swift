import MQTTCodec

/// A session with what hangs on it, as far as a page takes.
public struct SessionDetail: Sendable, Equatable {
    public var summary: SessionSummary
    /// The first of ``SessionSummary/subscriptions``.
    public var subscriptions: [SubscriptionSummary]
    /// The first of those that were sent and not acknowledged.
    public var inFlight: [DeliverySummary]
    /// The first of those that wait.
    public var queue: [DeliverySummary]
    public var will: WillSummary?
}

/// A message on its way to a client. Its payload is told by size alone.
public struct DeliverySummary: Sendable, Equatable {
    /// As far as QoS 1 and 2 messages can be.
    public enum State: String, Sendable {
        /// Not sent yet.
        case queued
        /// PUBACK or PUBREC is awaited.
        case published
        /// PUBCOMP is awaited; the message is no longer kept.
        case released
    }

    public var state: State
    /// 0: none yet.
    public var packetIdentifier: UInt16
    /// Empty where the message is no longer kept.
    public var topic: MQTTString
    public var qos: QoS
    public var retain: Bool
    public var payloadBytes: Int
    /// Milliseconds; nil: no end.
    public var expiresIn: Int64?
}

/// A will that is pending.
public struct WillSummary: Sendable, Equatable {
    public var topic: MQTTString
    public var qos: QoS
    public var retain: Bool
    public var payloadBytes: Int
    /// Will Delay Interval in seconds.
    public var delay: UInt32
}
