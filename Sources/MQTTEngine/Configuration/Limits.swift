/// Every bound of the broker, in one place. Each has a policy for when it is reached, named with it.
public struct Limits: Sendable, Equatable {
    /// Connections at a time, all listeners together. More are refused with 0x89 Server busy.
    public var connections = 1_000_000
    /// Sessions kept for clients that are away. More: the client is accepted, but its session will not
    /// outlive its connection, and CONNACK says so.
    public var storedSessions = 1_000_000
    /// The longest Session Expiry Interval granted, in seconds; 0xFFFFFFFF: no end. It also bounds the
    /// sessions of 3.x clients with Clean Session 0.
    public var sessionExpiryInterval: UInt32 = 0xFFFF_FFFF
    /// The longest life of a message in seconds; 0: as the publisher says.
    public var messageExpiryInterval: UInt32 = 0
    /// The longest keep alive granted, in seconds; 0: any, and none at all. A client that asks for more gets
    /// a Server Keep Alive (5.0) or is held to it silently (3.x).
    public var keepAlive: UInt16 = 0
    /// From accepting a connection to a whole CONNECT, in milliseconds. Then it is closed.
    public var timeToConnect: Int64 = 10_000
    /// From a whole CONNECT to the decision about it, in milliseconds, while the broker has yet to say something:
    /// slow hashes of all clients that come back at once stand in one queue. Then the connection is closed.
    public var timeToDecide: Int64 = 1_800_000
    /// Longest packet accepted from a client, in bytes; more: 0x95. CONNACK tells 5.0 clients.
    public var packetSize = 16 * 1024 * 1024
    /// Longest packet accepted before CONNECT is: who has not been let in gets less memory. In bytes.
    public var connectPacketSize = 1024 * 1024
    /// Longest topic name or filter, in bytes: 0x90 or 0x8F.
    public var topicLength = 65_535
    /// Most levels of a topic name or filter: 0x90 or 0x8F.
    public var topicLevels = 200
    /// Subscriptions of one session: 0x97.
    public var subscriptionsPerSession = 100_000
    /// QoS 1 and 2 messages sent to a client and not yet acknowledged; the client's Receive Maximum counts
    /// where it is lower. More wait in the queue.
    public var inFlight: UInt16 = 2_048
    /// Messages queued for one session: see ``QueuePolicy``.
    public var queueMessages = 1_000_000
    /// Bytes queued for one session: see ``QueuePolicy``.
    public var queueBytes = 512 * 1024 * 1024
    /// Messages of one session's queue that are kept in memory, where queues are stored. The rest is on the
    /// disk alone.
    public var queueWindow = 1_024
    /// Bytes that queues take in memory, all together, where they are stored: beyond it what comes for clients
    /// that are away goes to the disk alone, and for others the window is smaller.
    public var queueMemory = 32 * 1024 * 1024
    /// Bytes that the store takes on its disk: every queue counts as full beyond it.
    public var diskBytes = 64 * 1024 * 1024 * 1024
    /// Bytes that all messages take in memory, queued, in flight and retained, with some hundred bytes for each to
    /// keep it: every queue counts as full beyond it. What is written for a client counts for ``outgoingBytes``.
    public var storedBytes = 4 * 1024 * 1024 * 1024
    /// Bytes of messages that wait for the disk: beyond it publishers of QoS 1 and 2 are not read.
    public var storeBacklog = 64 * 1024 * 1024
    /// Where so many changes are gathered for a batch, those wait a little that acknowledgements may settle.
    public var holdThreshold = 256
    /// Retained messages: a publish that would add one more is refused with 0x97.
    public var retainedMessages = 10_000_000
    /// Bytes of all retained messages: 0x97.
    public var retainedBytes = 2 * 1024 * 1024 * 1024
    /// Topic aliases that the broker itself uses towards one client, at most.
    public var outgoingTopicAliases: UInt16 = 32
    /// Bytes waiting to be sent to one client. Beyond it publishers to that client are held back.
    public var outgoingBytes = 1024 * 1024
    /// Bytes of a publisher that is held back which are read all the same, to find acknowledgements.
    public var deferredBytes = 256 * 1024
    /// How long a client may hold publishers back without taking anything, in milliseconds. Then it is
    /// disconnected with 0x97.
    public var slowReaderTime: Int64 = 60_000
    /// How long a 3.x publisher waits for room in a queue with `reject-newest`, in milliseconds. Then it is
    /// disconnected.
    public var publisherHoldTime: Int64 = 60_000

    /// PUBLISH packets a second from one client, on average; a second's worth may come at once. 0: any. More:
    /// see ``EngineConfiguration/ratePolicy``.
    public var messageRate = 0
    /// Bytes of PUBLISH packets a second from one client, on average; a second's worth may come at once, and
    /// a packet that is larger than that. 0: any. More: see ``EngineConfiguration/ratePolicy``.
    public var byteRate = 0

    public init() {}
}

extension Limits {
    /// Bytes for one client beyond ``outgoingBytes``, which publishers on other shards may have sent before they
    /// hear that they are held back.
    static let passedBytes = 16 * 1024 * 1024

    /// Bounds that hold for a whole broker, as they are for each of its shards. Each shard keeps all that is
    /// retained, and whoever accepts connections counts them.
    public mutating func share(among shards: Int) {
        storedSessions = max(1, storedSessions / shards)
        storedBytes = max(1, storedBytes / shards)
    }
}
