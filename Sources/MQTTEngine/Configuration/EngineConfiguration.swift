/// Everything that settles how a shard behaves.
public struct EngineConfiguration: Sendable, Equatable {
    public var limits = Limits()
    public var offer = ServerOffer()
    /// How much is promised of messages, where there is a store.
    public var durability = DurabilityByTopic()
    /// When the queue of a connected client is full.
    public var onlineQueuePolicy = QueuePolicy.holdPublishers
    /// When the queue of a client that is away is full.
    public var offlineQueuePolicy = QueuePolicy.endSession
    /// When a client publishes more than ``Limits/messageRate`` or ``Limits/byteRate``.
    public var ratePolicy = RatePolicy.hold
    /// Whether a connected client that loses the right to a subscription is disconnected: it learns of it in no
    /// other way, for MQTT has none.
    public var disconnectsOnLostSubscription = true
    /// Seconds between publications of the `$SYS/broker/...` topics; 0: never.
    public var systemTopicInterval: Int64 = 10
    /// Whether `$SYS/brokers/martlet/clients/...` tells who comes and goes.
    public var presenceEvents = false
    /// What `$SYS/broker/version` says.
    public var version = "martlet"

    public init() {}
}
