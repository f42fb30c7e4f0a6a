import MQTTCodec

/// The state of a session, MQTT 5.0 section 4.1: what the broker remembers of a client identifier.
struct Session: ~Copyable {
    let clientIdentifier: MQTTString
    var userName: MQTTString?
    /// What its client has shown last; nil: nothing yet to this broker.
    var credentials: Credentials?
    var version: ProtocolVersion
    /// Its connection's place; -1: the client is away.
    var connection = -1

    /// Its number in the store; 0: it is not stored.
    var id: Int64 = 0
    var mark = StoreMark()
    /// The last batch of which it is to be told that it is stored.
    var awaitedBatch: UInt64 = 0
    /// The next place among its stored deliveries.
    var nextOrder: Int64 = 1
    /// A connection whose CONNACK waits for the session to be stored; -1: none.
    var arriving = -1

    /// Session Expiry Interval in seconds, as granted; 0xFFFFFFFF: no end.
    var expiryInterval: UInt32
    /// When it ends, while the client is away.
    var expiresAt: Instant?

    /// Places of its subscriptions.
    var subscriptions: [UInt32] = []
    /// How many of them are shared.
    var sharedSubscriptions = 0

    var inFlight = InFlightWindow()
    /// How many may be in flight: the lower of Receive Maximum and ``Limits/inFlight``.
    var inFlightMaximum = 65_535
    /// What waits for room in the window, for the connection to take more, or for the client to come back.
    var queue = DeliveryQueue()
    /// QoS 2 messages that came from the client and that it has not released yet.
    var received = PacketIdentifierSet()

    var will: PendingWill?
    /// Why the last connection ended, for operators.
    var lastDisconnect: DisconnectCause?
    /// Retained messages that its subscriptions still have to get.
    var replays: [RetainedReplay] = []

    /// Whether there is no room for more, so that publishers have to be told or held.
    var isFull = false
    /// Connections whose next PUBLISH waits for room here.
    var waiting: [ConnectionID] = []
    /// When it last took something.
    var lastProgress = Instant(milliseconds: 0)
    /// Publishers on other shards that were asked to wait for room here.
    var waitingElsewhere: [WaitingPublisher] = []
    /// Where it stands between the shards.
    var place = SessionPlace.here
    /// Whether it is in the list of those that can go on.
    var isReady = false
    /// Whether it ends as soon as the message at hand is dealt with.
    var isDoomed = false

    init(clientIdentifier: MQTTString, version: ProtocolVersion, expiryInterval: UInt32) {
        self.clientIdentifier = clientIdentifier
        self.version = version
        self.expiryInterval = expiryInterval
    }

    /// Whether it outlives its connection.
    var isStored: Bool { expiryInterval > 0 }
}
