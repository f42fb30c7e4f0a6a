/// Everything that settles how a shard behaves.
public struct EngineConfiguration: Sendable, Equatable {
    public var limits = Limits()
    public var offer = ServerOffer()
    /// When the queue of a connected client is full.
    public var onlineQueuePolicy = QueuePolicy.holdPublishers
    /// When the queue of a client that is away is full.
    public var offlineQueuePolicy = QueuePolicy.endSession
    /// When a client publishes more than ``Limits/messageRate`` or ``Limits/byteRate``.
    public var ratePolicy = RatePolicy.hold
    /// Seconds between publications of the `$SYS/broker/...` topics; 0: never.
    public var systemTopicInterval: Int64 = 10
    /// What `$SYS/broker/version` says.
    public var version = "martlet"

    public init() {}
}
