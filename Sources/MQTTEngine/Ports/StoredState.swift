import MQTTCodec

/// All that a store holds: what a shard begins with after a restart.
public struct StoredState: Sendable {
    public var sessions: [StoredSession] = []
    public var subscriptions: [(session: Int64, StoredSubscription)] = []
    public var groups: [(id: Int64, filter: MQTTString)] = []
    public var messages: [StoredMessage] = []
    /// Of each owner in ascending order.
    public var deliveries: [(owner: Int64, StoredDelivery)] = []
    public var received: [(session: Int64, packetIdentifier: UInt16)] = []
    public var retained: [(topic: MQTTString, message: Int64)] = []

    public init() {}
}
