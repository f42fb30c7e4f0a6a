import MQTTBroker

/// The broker at a glance: everything that a page has to ask for again and again, in one answer.
struct Overview: AdminValue {
    var version: String
    var uptimeSeconds: Double
    var ready: Bool
    var connected: Int
    var connectedMaximum: Int
    var sessions: Int
    var subscriptions: Int
    var retainedMessages: Int
    var retainedBytes: Int
    var queuedMessages: Int
    var inFlightMessages: Int
    var storedBytes: Int
    /// Counts since the broker started: whoever asks twice has rates.
    var packetsReceived: UInt64
    var packetsSent: UInt64
    var bytesReceived: UInt64
    var bytesSent: UInt64
    var publishesReceived: UInt64
    var publishesSent: UInt64
    var connectionsAccepted: UInt64
    var connectionsRefused: UInt64
    var dropped: [Drops]
    /// The longest that an event loop took to answer just now.
    var eventLoopDelaySeconds: Double
    /// Batches stored, and the time that they took all together.
    var storeCommits: UInt64
    var storeCommitSeconds: Double
    var cpuSeconds: Double
    var residentBytes: Int?

    struct Drops: AdminValue {
        var reason: String
        var count: UInt64

        static let example = Self(reason: "queueFull", count: 12)
    }

    static let example = Self(
        version: "0.1.0", uptimeSeconds: 3_600.5, ready: true, connected: 17, connectedMaximum: 20,
        sessions: 25, subscriptions: 60, retainedMessages: 40, retainedBytes: 4_000, queuedMessages: 5,
        inFlightMessages: 2, storedBytes: 5_000, packetsReceived: 10_000, packetsSent: 20_000,
        bytesReceived: 1_000_000, bytesSent: 2_000_000, publishesReceived: 9_000, publishesSent: 18_000,
        connectionsAccepted: 100, connectionsRefused: 3, dropped: [.example],
        eventLoopDelaySeconds: 0.0001, storeCommits: 500, storeCommitSeconds: 0.2, cpuSeconds: 12.5,
        residentBytes: 30_000_000)
}
