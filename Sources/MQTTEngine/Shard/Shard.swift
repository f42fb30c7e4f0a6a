import DequeModule
import MQTTCodec
import NIOCore

/// The brain of the broker: everything that happens on one event loop, without any input or output.
///
/// Events go in through methods that begin with a fact (`received`, `connectionLost`); what is to be done
/// comes out of ``nextAction()``. Time is an argument. Nothing here blocks, waits or knows a thread, so a
/// simulator can drive many shards through any history.
///
/// A value that cannot be copied, not a class: access to its parts is checked when it is compiled, not in
/// the delivery loop.
public struct Shard: ~Copyable {
    private(set) var configuration: EngineConfiguration
    var ports: Ports
    let hasher: ByteHash
    /// Whether it has to be counted how fast clients publish.
    private(set) var isRateBounded: Bool
    let startedAt: Instant
    var generator: SplitMix64
    /// The latest moment that an event brought.
    var now: Instant

    var connections = Slab<Connection>()
    var sessions = Slab<Session>()
    /// Sessions by client identifier.
    var clientIdentifiers: ByteTable
    var messages = Slab<Message>()
    var subscriptions: SubscriptionIndex
    var routes: RouteCache
    var retained: RetainedMessages
    var deadlines = DeadlineQueue()
    var templates = PublishTemplates()
    var systemTopics = SystemTopics()

    /// What was counted since the beginning.
    public internal(set) var counters = Counters()

    var actions = Deque<Action>()
    /// Connections with output that the driver has not been told of.
    var dirty: [ConnectionID] = []
    /// Sessions that can take more.
    var ready: [Int] = []
    /// Connections whose packets waited and need not wait any longer.
    var resumable: [ConnectionID] = []
    /// Sessions that end as soon as the message at hand is dealt with.
    var doomed: [Int] = []
    /// Drops since the last report, by session.
    var drops: [DropKey: Int] = [:]
    /// Its keys in the order of their coming: a dictionary has none that could be replayed.
    var dropOrder: [DropKey] = []
    /// Drops since the beginning, by session.
    var dropsByClient: [DropKey: UInt64] = [:]
    /// Sends all clients elsewhere.
    var redirection: ServerOffer.Redirection?
    /// Sessions whose clients are away.
    var storedSessions = 0
    /// How many sessions have no room, and one more while the disk has none: while none, nobody asks.
    var fullSessions = 0
    /// How many shared subscriptions have messages that no member could take.
    var pendingGroups = 0
    /// Retained messages that may still be sent in this event, so that a long replay stalls nobody.
    var replayBudget = 0
    /// Who has come and gone, and is to be published.
    var presences: [Presence] = []
    /// Written buffers, to be used again.
    var spareBuffers: [ByteBuffer] = []
    var spareBytes = 0
    var isShuttingDown = false
    /// Sessions that publishers wait for while the bound on stored bytes is exceeded.
    var storeWaiters: [(session: Int, generation: UInt32)] = []

    /// Whether it is the only shard of its broker.
    let isAlone: Bool
    var siblings: Siblings

    /// Whether acknowledgements wait for the store.
    let isDurable: Bool
    /// What has to be stored, and who waits for it.
    var gathering: StoreGatherer
    /// The batches that are being stored, in their order: one, and perhaps the part of a round.
    var storing: [(number: UInt64, changes: Int, waiting: StoreGatherer.Waiting)] = []
    /// This shard's part of a round, which has not been fetched.
    var cutBatch: StoreBatch?
    /// The last batch that is stored.
    var storedBatch: UInt64 = 0
    /// The last number given to a row.
    var lastStoreID: Int64 = 0
    /// Messages in memory that queues on the disk refer to as well.
    var awaited = MessageTable()
    /// Whose rows the store is reading.
    var readers: [Int64: QueueReader] = [:]
    /// Questions that wait because enough are open.
    var waitingReads = Deque<(QueueRead, QueueReader)>()
    /// Queues on the disk that nobody will read any more.
    var endedQueues = Deque<EndedQueue>()
    var isEndedBeingRead = false
    /// Whether the store takes more of its disk than it may.
    var isDiskFull = false
    /// Counts the stored sessions that have ended.
    var endedStoredSessions = 0
    /// Why the store cannot write; nil: it can.
    var storeTrouble: StoreTrouble.Kind?
    /// ``Limits/storeBacklog``; -1 while the store cannot write.
    var storeBacklog: Int
    /// Publishers that wait until less waits for the store.
    var backlogWaiting: [ConnectionID] = []
    /// Whether the PUBLISH at hand may only go out when its batch is stored.
    var isBlocking = false
    /// Whether the PUBLISH at hand has changed what is retained, durably.
    var hasRetained = false
    /// How much is promised of the message at hand.
    var messageDurability = Durability.synced
    /// What the acknowledgement of the PUBLISH at hand waits for.
    var wait = Wait.none
    /// What added to an ``Instant`` gives wall-clock milliseconds since 1970; whoever drives a durable shard
    /// sets it before anything else, and tells of another with ``wallClockSet(to:at:)``.
    public var wallClockOffset: Int64 = 0

    /// - Parameters:
    ///   - seed: for hashing and for identifiers that the shard invents.
    ///   - place: which one of how many shards it is.
    ///   - isDurable: whether acknowledgements wait for a store: the shard then hands out batches, and expects
    ///     to be told when they are stored.
    public init(
        configuration: EngineConfiguration = EngineConfiguration(), ports: Ports = Ports(), seed: UInt64,
        now: Instant, isDurable: Bool = false, place: ShardPlace = .alone
    ) {
        self.configuration = configuration
        self.ports = ports
        self.isDurable = isDurable
        isRateBounded = configuration.limits.messageRate > 0 || configuration.limits.byteRate > 0
        self.now = now
        startedAt = now
        gathering = StoreGatherer(
            configuration.durability.general, holdThreshold: configuration.limits.holdThreshold)
        storeBacklog = configuration.limits.storeBacklog
        redirection = configuration.offer.redirection
        generator = SplitMix64(state: seed)
        hasher = ByteHash(seed: generator.next())
        clientIdentifiers = ByteTable(hasher: hasher)
        subscriptions = SubscriptionIndex(hasher: hasher)
        routes = RouteCache(hasher: hasher)
        retained = RetainedMessages(hasher: hasher)
        isAlone = place.isAlone
        siblings = Siblings(place, hasher: hasher)
        if configuration.systemTopicInterval > 0 && place.index == 0 { publishSystemTopics(at: now) }
    }

    /// An event begins: time goes on, and a new share of replayed messages may be sent.
    @inline(__always)
    mutating func begin(_ moment: Instant) {
        if moment > now { now = moment }
        replayBudget = 512
    }

    @inline(__always)
    func isCurrent(_ id: ConnectionID) -> Bool { connections.isCurrent(Int(id.slot), id.generation) }

    func id(of connection: Int) -> ConnectionID {
        ConnectionID(slot: UInt32(connection), generation: connections.generation(of: connection))
    }

    mutating func report(_ event: Event) {
        actions.append(.report(event))
        if configuration.presenceEvents { notePresence(event) }
    }

    /// The next thing to do; nil when all is done. Call until nil after every batch of events.
    public mutating func nextAction() -> Action? {
        if let sibling = siblings.nextToSend() { return .pass(to: sibling) }
        if let action = actions.popFirst() { return action }
        settle()
        if let sibling = siblings.nextToSend() { return .pass(to: sibling) }
        if let action = actions.popFirst() { return action }
        while let id = dirty.popLast() {
            if isCurrent(id) { return .write(id) }
        }
        return nil
    }

    /// Does what events have made possible but could not do at once.
    private mutating func settle() {
        while true {
            if let session = doomed.popLast() {
                if sessions.isTaken(session) && sessions[session].isDoomed { endDoomed(session) }
            } else if replayBudget > 0, let session = ready.popLast() {
                if sessions.isTaken(session) && sessions[session].isReady {
                    sessions[session].isReady = false
                    refill(session)
                }
            } else if !siblings.rounds.isQuiet, let id = resumable.popLast() {
                if isCurrent(id) { resume(Int(id.slot)) }
            } else if !storeWaiters.isEmpty && !isStoreFull {
                storeHasRoom()
            } else if !backlogWaiting.isEmpty && gathering.bytes <= storeBacklog {
                // Acknowledgements have taken back what they waited for: no batch tells them.
                releaseBacklog()
            } else if !presences.isEmpty {
                publishPresences()
            } else {
                break
            }
        }
        if !siblings.surrenders.isEmpty && gathering.isEmpty { surrenderWaiting() }
        if gathering.isBound { seekRound() }
        reportDrops()
    }

    /// Takes another configuration into use while clients are connected. What CONNACK has promised to them stays
    /// as it is, ``EngineConfiguration/offer`` and ``Limits/packetSize``, and so does what publishers were promised:
    /// ``EngineConfiguration/durability``.
    public mutating func reconfigure(_ new: EngineConfiguration, at moment: Instant) {
        begin(moment)
        var new = new
        new.offer = configuration.offer
        new.limits.packetSize = configuration.limits.packetSize
        new.durability = configuration.durability
        let publishesNow =
            siblings.place.index == 0 && configuration.systemTopicInterval == 0 && new.systemTopicInterval > 0
        configuration = new
        if storeBacklog >= 0 { storeBacklog = new.limits.storeBacklog }
        gathering.holdThreshold = new.limits.holdThreshold
        // A connection that is measured already stays so: its allowance is without bound then.
        isRateBounded = isRateBounded || new.limits.messageRate > 0 || new.limits.byteRate > 0
        if publishesNow && !systemTopics.isDue { publishSystemTopics(at: now) }
        for session in sessions.places where sessions.isTaken(session) { measureRoom(session) }
    }

    /// When ``advance(to:)`` is due next; nil: nothing is.
    public var nextDeadline: Instant? { ready.isEmpty ? deadlines.next : now }
}
