import MQTTCodec

/// What a shard has counted since it began. Only ever growing, but for the levels at the end.
public struct Counters: Sendable, Equatable {
    public var bytesReceived: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// Control packets of any type.
    public var packetsReceived: UInt64 = 0
    public var packetsSent: UInt64 = 0
    /// The other packets by their types.
    public var received = CountByPacketType()
    public var sent = CountByPacketType()
    /// PUBLISH packets, by QoS.
    public var publishesReceived = CountByQoS()
    public var publishesSent = CountByQoS()
    public var publishBytesReceived: UInt64 = 0
    public var publishBytesSent: UInt64 = 0
    /// Messages that did not reach a session, by reason, in the order of ``DropReason``'s cases.
    public var drops = [UInt64](repeating: 0, count: DropReason.allCases.count)
    public var connectionsAccepted: UInt64 = 0
    public var connectionsRefused: UInt64 = 0
    public var sessionsExpired: UInt64 = 0
    public var routeHits: UInt64 = 0
    public var routeMisses: UInt64 = 0
    /// Messages given to other shards, each of them counted.
    public var publishesPassed: UInt64 = 0

    /// Connected clients now, and the most there have been.
    public var connected: Int = 0
    public var connectedMaximum: Int = 0
    /// Sessions now, connected or not.
    public var sessions: Int = 0
    public var subscriptions: Int = 0
    public var sharedSubscriptions: Int = 0
    public var retainedMessages: Int = 0
    public var retainedBytes: Int = 0
    /// Messages kept in memory for sessions or as retained, each counted once.
    public var storedMessages: Int = 0
    public var storedBytes: Int = 0
    /// Deliveries queued, not yet sent.
    public var queuedMessages: Int = 0
    /// Those of them that are on the disk alone.
    public var queuedOnDisk: Int = 0
    /// What the store takes on its disk.
    public var bytesOnDisk: Int = 0
    /// Deliveries sent, not yet acknowledged.
    public var inFlightMessages: Int = 0

    public init() {}

    /// Adds what another shard of the same broker has counted. The most that were connected at a time are then at
    /// most so many.
    public mutating func add(_ other: Self) {
        bytesReceived += other.bytesReceived
        bytesSent += other.bytesSent
        packetsReceived += other.packetsReceived
        packetsSent += other.packetsSent
        publishesReceived.add(other.publishesReceived)
        publishesSent.add(other.publishesSent)
        publishBytesReceived += other.publishBytesReceived
        publishBytesSent += other.publishBytesSent
        for index in drops.indices { drops[index] += other.drops[index] }
        connectionsAccepted += other.connectionsAccepted
        connectionsRefused += other.connectionsRefused
        sessionsExpired += other.sessionsExpired
        routeHits += other.routeHits
        routeMisses += other.routeMisses
        publishesPassed += other.publishesPassed
        connected += other.connected
        connectedMaximum += other.connectedMaximum
        sessions += other.sessions
        subscriptions += other.subscriptions
        sharedSubscriptions += other.sharedSubscriptions
        // Every shard keeps all that is retained.
        retainedMessages = max(retainedMessages, other.retainedMessages)
        retainedBytes = max(retainedBytes, other.retainedBytes)
        storedMessages += other.storedMessages
        storedBytes += other.storedBytes
        queuedMessages += other.queuedMessages
        inFlightMessages += other.inFlightMessages
    }
}

/// A number for each QoS.
public struct CountByQoS: Sendable, Equatable {
    public var atMostOnce: UInt64 = 0
    public var atLeastOnce: UInt64 = 0
    public var exactlyOnce: UInt64 = 0

    public init() {}

    /// Of all QoS together.
    public var total: UInt64 { atMostOnce + atLeastOnce + exactlyOnce }

    public mutating func add(_ other: Self) {
        atMostOnce += other.atMostOnce
        atLeastOnce += other.atLeastOnce
        exactlyOnce += other.exactlyOnce
    }

    @inlinable
    public mutating func count(_ qos: QoS) {
        switch qos {
        case .atMostOnce: atMostOnce += 1
        case .atLeastOnce: atLeastOnce += 1
        case .exactlyOnce: exactlyOnce += 1
        }
    }
}
