import Logging
import MQTTCodec
import MQTTEngine
import NIOCore
import NIOPosix

/// The life of a broker's shards: their event loops and drivers, and the listeners that bring them clients, to
/// each in turn.
final class ShardRunner: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let configuration: BrokerConfiguration
    private let logger: Logger
    private let store: (any Store)?
    private let shards: [RunningShard]
    let sentry: Sentry
    private let admission: Admission
    private let reception: Reception
    private let listeners: OpenListeners

    static func start(
        _ configuration: BrokerConfiguration, _ ports: Ports, _ store: (any Store)?,
        _ observer: (@Sendable (Event) -> Void)?, _ sentry: Sentry, _ logger: Logger
    ) async throws -> ShardRunner {
        // Nobody is listened to before all promises can be kept.
        let progress = StartProgress(logger)
        let stored = try await store?.load { progress.read($0) }
        let count = configuration.shards == 0 ? Processors.available : configuration.shards
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let eventLoops = (0..<count).map { _ in group.next() }
        var engine = configuration.engine
        engine.limits.share(among: count)
        let engineConfiguration = engine
        let mailboxes = eventLoops.map { Mailbox(eventLoop: $0) }
        let seed = UInt64.random(in: .min ... .max)
        let log = EventLog(logger: logger)
        let trail = ports.auditLog.map { AuditTrail(log: $0) }
        let extended = InProcessTrust.extend(sentry.extend(ports))
        let rounds = store.map { RoundJoiner($0, shards: count) }
        var shards: [RunningShard] = []
        for (index, eventLoop) in eventLoops.enumerated() {
            let driver = try await eventLoop.submit {
                var shard = Shard(
                    configuration: engineConfiguration, ports: extended, seed: .random(in: .min ... .max),
                    now: .now, isDurable: store != nil,
                    place: ShardPlace(index: index, of: count, seed: seed))
                shard.wallClockOffset = Instant.wallClockOffset
                if let stored { shard.restore(stored) }
                return NIOLoopBound(
                    ShardDriver(
                        eventLoop: eventLoop, shard: shard, ports: extended,
                        readSize: configuration.readSize, lingerTime: configuration.lingerTime,
                        store: store,
                        links: count > 1
                            ? ShardLinks(index: index, mailboxes: mailboxes, rounds: rounds) : nil,
                        logger: logger,
                        report: { event in
                            log.write(event)
                            trail?.record(event)
                            sentry.observe(event)
                            observer?(event)
                        }), eventLoop: eventLoop)
            }.get()
            let gate = try await eventLoop.submit { driver.value.gate }.get()
            shards.append(RunningShard(eventLoop: eventLoop, gate: gate, driver: driver))
        }
        if count > 1 {
            // What each has restored the others have to know, and what is new about it has to be stored.
            for _ in 0..<2 { for shard in shards { try await shard.run { driver in driver.exchange() } } }
            if store != nil {
                // Where it cannot be stored, the broker works as with a disk that becomes full later.
                let left = await storeRest(shards, within: .minutes(60), endsWithTrouble: true)
                if left == 0 { try await shards[0].run { driver in driver.shard.sweepStore() } }
            }
        }
        // A will that is due must not be published before everybody is known who wants it.
        for shard in shards { try await shard.run { driver in driver.start() } }
        return ShardRunner(group, configuration, logger, shards, extended.auditLog, sentry, store)
    }

    private init(
        _ group: MultiThreadedEventLoopGroup, _ configuration: BrokerConfiguration, _ logger: Logger,
        _ shards: [RunningShard], _ auditLog: (any AuditLog)?, _ sentry: Sentry, _ store: (any Store)?
    ) {
        self.sentry = sentry
        self.store = store
        self.group = group
        self.configuration = configuration
        self.logger = logger
        self.shards = shards
        admission = Admission(total: configuration.engine.limits.connections, logger: logger)
        reception = Reception(configuration, shards, admission, sentry, auditLog, logger: logger)
        listeners = OpenListeners(on: group, admission, logger: logger) { [reception] listener, wanted in
            reception.stream(listener, wanted)
        }
    }

    /// - Throws: ``BindError`` for the first listener that cannot bind.
    func listen() async throws -> [BoundListener] {
        try await listeners.open(configuration.listeners)
        return listeners.bound
    }

    var boundListeners: [BoundListener] { listeners.bound }

    func prepare(_ wanted: [ListenerConfiguration]) async throws -> ListenerChange {
        try await listeners.prepare(wanted)
    }

    func abandon(_ change: ListenerChange) async { await listeners.abandon(change) }

    /// Takes other listeners and other ports into use, in an order in which nobody gets in who should not:
    /// clients of listeners that go are disconnected before others decide about logins, and new listeners wait
    /// for those.
    func take(
        _ change: ListenerChange?, _ ports: Ports,
        _ isRevoked: @escaping @Sendable (Event.Client, Credentials) -> Bool
    ) async throws {
        if let change {
            let gone = await listeners.take(change)
            if !gone.isEmpty { _ = try await onEachShard { driver in driver.disconnect(from: gone) } }
        }
        let extended = InProcessTrust.extend(sentry.extend(ports))
        _ = try await onEachShard { driver in
            driver.replacePorts(extended)
            driver.reviewRights(isRevoked)
        }
        for listener in change?.opened ?? [] { listener.accept() }
    }

    func connect() async throws -> InProcessConnection {
        guard admission.hasRoom else { throw BrokerError.noRoom }
        let shard = shards[0]
        let connection = InProcessConnection(eventLoop: shard.eventLoop, gate: shard.gate)
        let peer = Peer(address: "in-process", listener: InProcessTrust.listener)
        try await connection.open(shard.driver, peer)
        return connection
    }

    var shardCount: Int { shards.count }

    /// Runs `body` on one shard's event loop.
    func onShard<Value: Sendable>(
        _ index: Int, _ body: @escaping @Sendable (ShardDriver) -> Value
    ) async throws -> Value {
        try await shards[index].run(body)
    }

    /// Each shard has its share of what is bounded for all together.
    func reconfigure(_ configuration: EngineConfiguration) async throws {
        admission.setTotal(configuration.limits.connections)
        reception.setTimeToConnect(configuration.limits.timeToConnect)
        var shared = configuration
        shared.limits.share(among: shards.count)
        _ = try await onEachShard { [shared] driver in driver.reconfigure(shared) }
    }

    /// Runs `body` on every shard's event loop, and returns the results in the shards' order.
    func onEachShard<Value: Sendable>(
        _ body: @escaping @Sendable (ShardDriver) -> Value
    ) async throws -> [Value] {
        var values: [Value] = []
        for shard in shards { values.append(try await shard.run(body)) }
        return values
    }

    /// Stops to listen, lets clients go, and ends the event loops.
    func stop() async {
        await listeners.closeAll()
        let eventLoop = shards[0].eventLoop
        let empty = eventLoop.makePromise(of: Void.self)
        _ = try? await onEachShard { driver in driver.shutDown() }
        admission.notifyWhenEmpty(empty)
        let limit = eventLoop.scheduleTask(in: .milliseconds(configuration.stopTime)) { [admission] in
            admission.endWait()
        }
        try? await empty.futureResult.get()
        limit.cancel()
        if store != nil {
            let time = TimeAmount.milliseconds(configuration.stopTime)
            var left = await Self.storeRest(shards, within: time)
            // What one stores can give another something to store.
            if left == 0 && shards.count > 1 { left = await Self.storeRest(shards, within: time) }
            if left > 0 {
                logger.error(
                    "the store does not work: stopped without having stored everything; none of it was promised",
                    metadata: ["changes": "\(left)"])
            }
        }
        _ = try? await onEachShard { driver in driver.tearDown() }
        await store?.close()
        for shard in shards { shard.gate.close() }
        do {
            try await group.shutdownGracefully()
        } catch {
            logger.error("the event loops did not end", metadata: ["error": "\(error)"])
        }
    }

    /// Waits until everything is stored that the shards have to store. Returns how many changes are left when the
    /// time is over.
    private static func storeRest(
        _ shards: [RunningShard], within limit: TimeAmount, endsWithTrouble: Bool = false
    ) async -> Int {
        var left = 0
        for shard in shards {
            let stored = shard.eventLoop.makePromise(of: Int.self)
            shard.eventLoop.execute { [driver = shard.driver] in
                driver.value.storeRest(within: limit, endsWithTrouble: endsWithTrouble, stored)
            }
            left += (try? await stored.futureResult.get()) ?? 0
        }
        return left
    }
}
