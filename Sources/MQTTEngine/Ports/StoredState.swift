import MQTTCodec

/// All that a store holds: what a shard begins with after a restart.
public struct StoredState: Sendable {
    public var sessions: [StoredSession] = []
    public var subscriptions: [(session: Int64, StoredSubscription)] = []
    public var groups: [(id: Int64, filter: MQTTString)] = []
    /// Those that are retained, or that one of `deliveries` refers to.
    public var messages: [StoredMessage] = []
    /// Of each owner in ascending order, up to its last that is not on the disk alone.
    public var deliveries: [(owner: Int64, StoredDelivery)] = []
    public var received: [(session: Int64, packetIdentifier: UInt16)] = []
    public var retained: [(topic: MQTTString, message: Int64)] = []

    /// What is behind them.
    public var queues: [StoredQueue] = []
    /// The highest number of a message.
    public var lastMessage: Int64 = 0

    public init() {}
}

/// The part of a queue that is on the disk alone.
public struct StoredQueue: Sendable, Equatable {
    public var owner: Int64
    /// Its rows are behind this place...
    public var after: Int64
    /// ...and end with this one.
    public var through: Int64
    public var count: Int
    /// Of the messages, each counted for every queue that it is in.
    public var bytes: Int

    public init(owner: Int64, after: Int64, through: Int64, count: Int, bytes: Int) {
        self.owner = owner
        self.after = after
        self.through = through
        self.count = count
        self.bytes = bytes
    }
}
