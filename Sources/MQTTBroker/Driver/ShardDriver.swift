import Logging
import MQTTCodec
import MQTTEngine
import NIOCore

/// Runs a shard on an event loop: gives it bytes and the time, and does what it asks for.
///
/// All events of one turn of the loop are given to the shard as they come. The first of them queues a task
/// behind the others, and in that task everything that the shard wants written is written at once. Of this
/// class nothing is used outside the event loop.
final class ShardDriver {
    let eventLoop: any EventLoop
    /// For answers that come from elsewhere.
    let gate: LoopGate
    let receiveBuffer: ReceiveBuffer
    var shard: Shard
    var ports: Ports
    /// How often rights have changed.
    var reviews = 0
    let lingerTime: Int64
    let report: (Event) -> Void
    let store: StoreFeed?
    /// nil: it is the only shard.
    var links: ShardLinks?
    /// Whether a task is queued that stores what nobody waits for.
    var isSweepQueued = false
    var storedRest: EventLoopPromise<Int>?
    var restEndsWithTrouble = false

    /// By ``ConnectionID/slot``.
    private var connections: [Entry] = []
    /// Connections that the shard has ended, until their peers close too, in the order of their ends.
    private var lingering = LingerQueue()

    private var settleTask: (@Sendable () -> Void)?
    private var isSettleQueued = false
    /// Bytes received since the shard's wishes were last carried out.
    private var unsettledBytes = 0
    /// The time of this turn of the loop.
    private var now = Instant.now

    private var isStarted = false
    private var isPerforming = false
    private var nextLookAtClock = Instant.now
    private var timer: NIOScheduledCallback?
    private var timerInstant: Instant?

    /// Received bytes after which output is not held any longer for the end of the turn.
    private static let unsettledMaximum = 64 * 1024
    /// Milliseconds from which on the clock was set, rather than kept right.
    private static let clockStep: Int64 = 10_000

    private struct Entry {
        var generation: UInt32
        var connection: (any Connection)?
        /// What an authenticator is asked; nobody wants to know it when the connection is gone.
        var login: Task<Void, Never>?
    }

    init(
        eventLoop: any EventLoop, shard: consuming Shard, ports: Ports, readSize: Int, lingerTime: Int64,
        store: (any Store)? = nil, links: ShardLinks? = nil, logger: Logger,
        report: @escaping (Event) -> Void
    ) {
        self.eventLoop = eventLoop
        self.links = links
        let gate = links?.own.gate ?? LoopGate(eventLoop)
        self.gate = gate
        self.store = store.map {
            StoreFeed(
                $0, links?.rounds ?? RoundJoiner($0, shards: 1), logger.of(area: "store"), on: eventLoop,
                gate)
        }
        self.shard = shard
        self.ports = ports
        self.lingerTime = lingerTime
        self.report = report
        receiveBuffer = ReceiveBuffer(capacity: readSize)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        settleTask = { bound.value.endTurn() }
        links?.own.belong(to: self)
        queueSettling()
    }

    // MARK: Siblings

    /// Siblings have put something into the mailbox, which every turn begins with taking.
    func mailArrived() { _ = turn() }

    private func takeMail(_ links: ShardLinks) {
        let (mail, wasCongested) = links.own.takeAll()
        for (sibling, batch) in mail {
            shard.received(batch, from: sibling, at: now)
            unsettledBytes += batch.count
        }
        if wasCongested { tellRelieved(links) }
        if unsettledBytes >= Self.unsettledMaximum { settle() }
        if shard.isQuiet { awaitCut(links) }
    }

    /// All shards store together, and what they have on their way to each other comes first: it takes as long as
    /// the longest turn of them. Nothing from outside is looked at meanwhile.
    private func awaitCut(_ links: ShardLinks) {
        while shard.isQuiet {
            performAll()
            links.own.awaitMail()
            let (mail, wasCongested) = links.own.takeAll()
            for (sibling, batch) in mail { shard.received(batch, from: sibling, at: now) }
            if wasCongested { tellRelieved(links) }
        }
        performAll()
        // Nobody's part of the round is stored before all are there.
        if let store { feed(store) }
    }

    private func tellRelieved(_ links: ShardLinks) {
        links.onSiblings { [index = links.index] driver in driver.mailboxRelieved(of: index) }
    }

    private func pass(to sibling: Int) {
        guard let links else { return }
        let waiting = links.mailboxes[sibling].put(shard.takeBatch(for: sibling), from: links.index)
        if waiting > Mailbox.congestion { shard.siblingCongested(sibling, true, at: now) }
    }

    private func mailboxRelieved(of sibling: Int) {
        shard.siblingCongested(sibling, false, at: turn())
    }

    /// The shard knows what its siblings have restored: from now on it looks at the time.
    func start() {
        isStarted = true
        armTimer()
    }

    /// Carries out at once what the shard has to tell its siblings, and what they have told it.
    func exchange() {
        _ = turn()
        settle()
    }

    // MARK: Events

    /// nil: the shard has no room for it.
    func opened(_ connection: any Connection, _ peer: Peer) -> ConnectionID? {
        guard let id = shard.connectionOpened(peer, at: turn()) else { return nil }
        let slot = Int(id.slot)
        // The one that had the place may have ended in this turn, and wait to be told.
        if slot < connections.count, connections[slot].connection != nil { settle() }
        while connections.count <= slot { connections.append(Entry(generation: 0, connection: nil)) }
        connections[slot] = Entry(generation: id.generation, connection: connection)
        return id
    }

    func received(_ bytes: ByteBuffer, on id: ConnectionID) {
        shard.received(bytes, on: id, at: turn())
        unsettledBytes += bytes.readableBytes
        receiveBuffer.giveBack(bytes)
        if unsettledBytes >= Self.unsettledMaximum { settle() }
    }

    func lost(_ id: ConnectionID) {
        guard forget(id) != nil else { return }
        shard.connectionLost(id, at: turn())
    }

    func writabilityChanged(_ isWritable: @autoclosure () -> Bool, of id: ConnectionID) {
        let now = turn()
        shard.writabilityChanged(isWritable(), of: id, at: now)
    }

    func authenticated(_ id: ConnectionID, _ outcome: AuthenticationOutcome) {
        shard.authenticated(id, outcome, at: turn())
    }

    func authorized(_ id: ConnectionID, _ isAllowed: Bool) {
        shard.authorized(id, isAllowed, at: turn())
    }

    func disconnect(_ id: ConnectionID, _ reason: ReasonCode) {
        shard.disconnect(id, reason, at: turn())
    }

    /// Ends all connections; their last bytes are under way when it returns.
    func shutDown() {
        shard.shutDown(at: turn())
        settle()
        armTimer()
    }

    /// Gives up what peers did not take, and what refers to this driver.
    func tearDown() {
        timer?.cancel()
        timer = nil
        settleTask = nil
        links?.own.belong(to: nil)
        links = nil
        lingering.removeAll()
        for index in connections.indices {
            connections[index].connection?.abort()
            connections[index].connection = nil
        }
    }

    // MARK: Turns

    /// The time, read once in a turn of the loop.
    func turn() -> Instant {
        if !isSettleQueued {
            now = .now
            queueSettling()
            if let store, now >= nextLookAtClock { lookAtClock(store) }
        }
        // A transport can tell of something while it is written to: what mail brings must not come between the parts
        // of what is being written.
        if let links, links.own.hasMail, !isPerforming { takeMail(links) }
        return now
    }

    /// Once a second, where there is something to do at all: whether the machine's clock was set.
    private func lookAtClock(_ store: StoreFeed) {
        nextLookAtClock = now.advanced(seconds: 1)
        let offset = Instant.wallClockOffset
        guard let step = takeClock(offset, at: now) else { return }
        store.clockWasSet(by: step)
        // Those that have nothing to do look at nothing.
        links?.onSiblings { driver in _ = driver.takeClock(offset, at: driver.turn()) }
    }

    /// By how much the clock was set; nil: it was not, or the shard knows already.
    private func takeClock(_ offset: Int64, at now: Instant) -> Int64? {
        let step = offset - shard.wallClockOffset
        guard abs(step) >= Self.clockStep else { return nil }
        shard.wallClockSet(to: offset, at: now)
        return step
    }

    private func queueSettling() {
        guard let settleTask else { return }
        isSettleQueued = true
        eventLoop.execute(settleTask)
    }

    private func endTurn() {
        isSettleQueued = false
        settle()
        armTimer()
    }

    /// Carries out all that the shard wants done.
    private func settle() {
        unsettledBytes = 0
        performAll()
        guard let store else { return }
        if let links, shard.isQuiet { awaitCut(links) }
        feed(store)
        guard let links else { return }
        // A batch that begins can let sessions go to other shards.
        performAll()
        if shard.isQuiet { awaitCut(links) }
    }

    private func performAll() {
        isPerforming = true
        while let action = shard.nextAction() { perform(action) }
        isPerforming = false
    }

    private func perform(_ action: Action) {
        switch action {
        case .write(let id): write(id)
        case .close(let id, let final):
            guard let connection = forget(id) else { return }
            if !final.isEmpty { connection.write(final.first, final.rest) }
            connection.finish()
            lingering.append(connection, until: now.advanced(milliseconds: lingerTime))
        case .pauseReading(let id): connection(id)?.pauseReading()
        case .resumeReading(let id): connection(id)?.resumeReading()
        case .authenticate(let id, let request): authenticate(id, request)
        case .authorize(let id, let request): authorize(id, request)
        case .readQueue(let question): readQueue(question)
        case .pass(let sibling): pass(to: sibling)
        case .report(let event): report(event)
        }
    }

    private func write(_ id: ConnectionID) {
        guard let connection = connection(id) else { return }
        let output = shard.takeOutput(of: id)
        let first = output.first
        let rest = output.rest
        _ = consume output
        guard first.readableBytes > 0 || !rest.isEmpty else { return }
        connection.write(first, rest)
        shard.reclaim(consume first)
    }

    private func connection(_ id: ConnectionID) -> (any Connection)? {
        let slot = Int(id.slot)
        guard slot < connections.count, connections[slot].generation == id.generation else { return nil }
        return connections[slot].connection
    }

    private func forget(_ id: ConnectionID) -> (any Connection)? {
        guard let connection = connection(id) else { return nil }
        connections[Int(id.slot)].connection = nil
        connections[Int(id.slot)].login.take()?.cancel()
        return connection
    }

    func asks(_ login: Task<Void, Never>?, for id: ConnectionID) {
        guard connection(id) != nil else { return login?.cancel() ?? () }
        connections[Int(id.slot)].login = login
    }

    // MARK: Time

    /// One timer for all that the shard, its batches and lingering connections wait for. It may fire too early,
    /// never too late: a deadline that moves away leaves it as it is.
    private func armTimer() {
        var due = shard.nextDeadline
        if let end = lingering.nextDeadline { due = due.map { min($0, end) } ?? end }
        if let batch = shard.nextBatchAt { due = due.map { min($0, batch) } ?? batch }
        guard let due, settleTask != nil, isStarted else { return }
        if let timerInstant {
            guard due < timerInstant else { return }
            timer?.cancel()
        }
        timerInstant = due
        let handler = TimerHandler(driver: NIOLoopBound(self, eventLoop: eventLoop))
        // An event loop does all that is due before it looks for input: the next share of something long is not.
        let soonest = NIODeadline.now() + .microseconds(100)
        timer = try? eventLoop.scheduleCallback(at: max(due.deadline, soonest), handler: handler)
    }

    private struct TimerHandler: NIOScheduledCallbackHandler, Sendable {
        let driver: NIOLoopBound<ShardDriver>

        func handleScheduledCallback(eventLoop: some EventLoop) { driver.value.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerInstant = nil
        let now = turn()
        if let due = shard.nextDeadline, due <= now { shard.advance(to: now) }
        while let connection = lingering.next(dueAt: now) { connection.abort() }
    }
}
