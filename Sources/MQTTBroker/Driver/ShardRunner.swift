import Logging
import MQTTCodec
import MQTTEngine
import MQTTTLS
import MQTTTransport
import NIOCore
import NIOPosix
import Synchronization

/// The life of a broker's shards: their event loops and drivers, and the listeners that bring them clients, to
/// each in turn.
final class ShardRunner: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let configuration: BrokerConfiguration
    private let logger: Logger
    private let store: (any Store)?
    private let shards: [RunningShard]
    let sentry: Sentry
    private let auditLog: (any AuditLog)?
    private let admission: Admission
    private let channels = Mutex<[any Channel]>([])

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
                _ = await storeRest(shards, within: .minutes(60))
                try await shards[0].run { driver in driver.shard.sweepStore() }
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
        self.auditLog = auditLog
        self.store = store
        self.group = group
        self.configuration = configuration
        self.logger = logger
        self.shards = shards
        admission = Admission(
            configuration.listeners, total: configuration.engine.limits.connections, logger: logger)
    }

    /// - Throws: ``BindError`` for the first listener that cannot bind.
    func listen() async throws -> [BoundListener] {
        var bound: [BoundListener] = []
        for (index, listener) in configuration.listeners.enumerated() {
            for channel in try await stream(listener, index).bind(on: group) {
                channels.withLock { $0.append(channel) }
                bound.append(BoundListener(configuration: listener, url: Self.url(of: channel, listener.url)))
            }
        }
        return bound
    }

    private static func url(of channel: any Channel, _ configured: ListenerURL) -> ListenerURL {
        guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return configured
        }
        switch configured {
        case .mqtt: return .mqtt(host: host, port: port)
        case .webSocket(_, _, let path): return .webSocket(host: host, port: port, path: path)
        case .mqtts: return .mqtts(host: host, port: port)
        case .secureWebSocket(_, _, let path): return .secureWebSocket(host: host, port: port, path: path)
        case .unix: return configured
        }
    }

    private func stream(_ listener: ListenerConfiguration, _ index: Int) -> StreamListener {
        let name = listener.url.description
        let isSecure = listener.url.isSecure
        // Handlers between keep what they are given; the shared buffer is for those that do not.
        let isDirect = !isSecure && listener.url.webSocketPath == nil && listener.proxies.isEmpty
        let waterMark = ChannelOptions.Types.WriteBufferWaterMark(
            low: configuration.writeBufferLow, high: configuration.writeBufferHigh)
        var stream = StreamListener(
            url: listener.url,
            accepted: { [admission, sentry] arrival in
                try admission.admit(arrival.channel, to: index)
                try sentry.admit(&arrival, listener: name, isIntroduced: listener.proxies.isEmpty)
            },
            opened: { [self] arrival in
                let channel = arrival.channel
                let driver = driver(on: channel.eventLoop)
                try channel.syncOptions?.setOption(.writeBufferWaterMark, value: waterMark)
                if isDirect {
                    let allocator = SharedReceiveAllocator(
                        NIOLoopBound(driver.receiveBuffer, eventLoop: channel.eventLoop))
                    try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
                }
                var peer = Peer(of: arrival, listener: name)
                if let tls = listener.tls {
                    peer.certificateName = try tls.clientName(number: peer.number).map { MQTTString($0) }
                }
                let handler = ConnectionHandler(driver: driver, peer: peer)
                try channel.pipeline.syncOperations.addHandler(handler)
            })
        if let tls = listener.tls {
            stream.secure = { [dropped, sentry] arrival, opened in
                try tls.secure(
                    arrival.channel, number: arrival.number, isWebSocket: listener.url.webSocketPath != nil,
                    failed: { _, reason in
                        sentry.handshakeEnded(succeeded: false)
                        dropped(Peer(of: arrival, listener: name), reason)
                    },
                    opened: { channel in
                        sentry.handshakeEnded(succeeded: true)
                        try opened(channel)
                    })
            }
        }
        if !listener.proxies.isEmpty {
            let time = configuration.engine.limits.timeToConnect
            stream.proxy = ProxyStage(
                listener.proxies, time: .milliseconds(time),
                introduced: { [sentry] arrival in try sentry.introduce(arrival, listener: name) },
                failed: { [dropped] arrival, reason in
                    dropped(Peer(of: arrival, listener: name), reason)
                })
        }
        stream.unixSocketMode = listener.unixSocketMode
        stream.sockets = listener.sockets
        stream.webSocket.frameSize = configuration.engine.limits.packetSize + 65_536
        stream.webSocket.handshakeTime = .milliseconds(configuration.engine.limits.timeToConnect)
        stream.webSocket.closeTime = .milliseconds(configuration.lingerTime)
        return stream
    }

    /// A connection has ended before the shard knew of it.
    private func dropped(_ peer: Peer, _ detail: String) {
        let event = Event.connectionDropped(peer, detail: detail)
        EventLog(logger: logger).write(event)
        auditLog.map { AuditTrail(log: $0).record(event) }
    }

    /// On the event loop in question.
    private func driver(on eventLoop: any EventLoop) -> ShardDriver {
        let shard = shards.first { $0.eventLoop === eventLoop } ?? shards[0]
        return shard.driver.value
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
        let listeners = channels.withLock { $0 }
        for channel in listeners { try? await channel.close() }
        for listener in configuration.listeners where listener.sockets.isEmpty {
            if case .unix(let path) = listener.url, !listeners.isEmpty { UnixSocketFile(path: path).remove() }
        }
        let eventLoop = shards[0].eventLoop
        let empty = eventLoop.makePromise(of: Void.self)
        _ = try? await onEachShard { driver in driver.shutDown() }
        admission.notifyWhenEmpty(empty)
        let limit = eventLoop.scheduleTask(in: .milliseconds(configuration.stopTime)) { empty.succeed() }
        try? await empty.futureResult.get()
        limit.cancel()
        if store != nil {
            let left = await Self.storeRest(shards, within: .milliseconds(configuration.stopTime))
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
    private static func storeRest(_ shards: [RunningShard], within limit: TimeAmount) async -> Int {
        var left = 0
        for shard in shards {
            let stored = shard.eventLoop.makePromise(of: Int.self)
            shard.eventLoop.execute { [driver = shard.driver] in
                driver.value.storeRest(within: limit, stored)
            }
            left += (try? await stored.futureResult.get()) ?? 0
        }
        return left
    }
}
