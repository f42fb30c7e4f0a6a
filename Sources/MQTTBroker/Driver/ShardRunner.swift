import Logging
import MQTTCodec
import MQTTEngine
import MQTTTLS
import MQTTTransport
import NIOCore
import NIOPosix

/// A shard's life: its event loop, its driver and its listeners.
///
/// When there are several shards there will be one of these for each; nothing in it is shared.
final class ShardRunner: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let configuration: BrokerConfiguration
    private let logger: Logger
    private let eventLoop: any EventLoop
    private let gate: LoopGate
    private let store: (any Store)?
    private let driver: NIOLoopBound<ShardDriver>
    private let sentry: Sentry
    private let auditLog: (any AuditLog)?
    private let admission: NIOLoopBound<Admission>
    private let channels: NIOLoopBoundBox<[any Channel]>

    static func start(
        _ configuration: BrokerConfiguration, _ ports: Ports, _ store: (any Store)?,
        _ observer: (@Sendable (Event) -> Void)?, _ sentry: Sentry, _ logger: Logger
    ) async throws -> ShardRunner {
        // Nobody is listened to before all promises can be kept.
        let stored = try await store?.load()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        return try await eventLoop.submit {
            let log = EventLog(logger: logger)
            let trail = ports.auditLog.map { AuditTrail(log: $0) }
            let ports = InProcessTrust.extend(sentry.extend(ports))
            var shard = Shard(
                configuration: configuration.engine, ports: ports, seed: .random(in: .min ... .max),
                now: .now,
                isDurable: store != nil)
            shard.wallClockOffset = Instant.wallClockOffset
            if let stored { shard.restore(stored) }
            let driver = ShardDriver(
                eventLoop: eventLoop, shard: shard, ports: ports, readSize: configuration.readSize,
                lingerTime: configuration.lingerTime, store: store, logger: logger,
                report: { event in
                    log.write(event)
                    trail?.record(event)
                    sentry.observe(event)
                    observer?(event)
                })
            return ShardRunner(group, configuration, logger, eventLoop, driver, sentry, store)
        }.get()
    }

    private init(
        _ group: MultiThreadedEventLoopGroup, _ configuration: BrokerConfiguration, _ logger: Logger,
        _ eventLoop: any EventLoop, _ driver: ShardDriver, _ sentry: Sentry, _ store: (any Store)?
    ) {
        self.sentry = sentry
        auditLog = driver.ports.auditLog
        self.store = store
        self.group = group
        self.configuration = configuration
        self.logger = logger
        self.eventLoop = eventLoop
        gate = driver.gate
        self.driver = NIOLoopBound(driver, eventLoop: eventLoop)
        admission = NIOLoopBound(Admission(configuration.listeners, logger: logger), eventLoop: eventLoop)
        channels = NIOLoopBoundBox([], eventLoop: eventLoop)
    }

    /// - Throws: ``BindError`` for the first listener that cannot bind.
    func listen() async throws -> [BoundListener] {
        var bound: [BoundListener] = []
        for (index, listener) in configuration.listeners.enumerated() {
            for channel in try await stream(listener, index).bind(on: group) {
                try await gate.submit { [channels] in channels.value.append(channel) }
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
                try admission.value.admit(arrival.channel, to: index)
                try sentry.admit(&arrival, listener: name, isIntroduced: listener.proxies.isEmpty)
            },
            opened: { [driver, eventLoop] arrival in
                let driver = driver.value
                let channel = arrival.channel
                try channel.syncOptions?.setOption(.writeBufferWaterMark, value: waterMark)
                if isDirect {
                    let allocator = SharedReceiveAllocator(
                        NIOLoopBound(driver.receiveBuffer, eventLoop: eventLoop))
                    try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
                }
                var peer = Peer(of: arrival, listener: name)
                if isSecure {
                    peer.certificateName = try ClientCertificate.name(on: channel).map { MQTTString($0) }
                }
                let handler = ConnectionHandler(driver: driver, peer: peer)
                try channel.pipeline.syncOperations.addHandler(handler)
            })
        if let tls = listener.tls {
            stream.secure = { [dropped] arrival, opened in
                try tls.secure(
                    arrival.channel, isWebSocket: listener.url.webSocketPath != nil,
                    failed: { _, reason in dropped(Peer(of: arrival, listener: name), reason) },
                    opened: opened)
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

    func connect() async throws -> InProcessConnection {
        let connection = InProcessConnection(eventLoop: eventLoop, gate: gate)
        try await connection.open(driver, Peer(address: "in-process", listener: InProcessTrust.listener))
        return connection
    }

    func counters() async throws -> Counters {
        try await gate.submit { [driver] in driver.value.shard.counters }
    }

    func dropCounts() async throws -> [Shard.DropKey: UInt64] {
        try await gate.submit { [driver] in driver.value.shard.dropCounts }
    }

    /// Runs `body` on the shard's event loop.
    func onShard<Value: Sendable>(_ body: @escaping @Sendable (ShardDriver) -> Value) async throws -> Value {
        try await gate.submit { [driver] in body(driver.value) }
    }

    func redirect(to redirection: ServerOffer.Redirection?) async throws {
        try await gate.submit { [driver] in driver.value.redirect(to: redirection) }
    }

    func reviewRights(_ isRevoked: @escaping @Sendable (Event.Client) -> Bool) async throws {
        try await gate.submit { [driver] in driver.value.reviewRights(isRevoked) }
    }

    /// Stops to listen, lets clients go, and ends the event loop.
    func stop() async {
        let listeners = (try? await gate.submit { [channels] in channels.value }) ?? []
        for channel in listeners {
            try? await channel.close()
            if let path = channel.localAddress?.pathname { UnixSocketFile(path: path).remove() }
        }
        for listener in configuration.listeners {
            if case .unix(let path) = listener.url, !listeners.isEmpty { UnixSocketFile(path: path).remove() }
        }
        let empty = eventLoop.makePromise(of: Void.self)
        let limit = TimeAmount.milliseconds(configuration.stopTime)
        eventLoop.execute { [driver, admission, eventLoop] in
            driver.value.shutDown()
            admission.value.notifyWhenEmpty(empty)
            eventLoop.scheduleTask(in: limit) { empty.succeed() }
        }
        try? await empty.futureResult.get()
        if store != nil {
            let stored = eventLoop.makePromise(of: Int.self)
            eventLoop.execute { [driver] in driver.value.storeRest(within: limit, stored) }
            if let left = try? await stored.futureResult.get(), left > 0 {
                logger.error(
                    "the store does not work: stopped without having stored everything; none of it was promised",
                    metadata: ["changes": "\(left)"])
            }
        }
        try? await gate.submit { [driver] in driver.value.tearDown() }
        await store?.close()
        gate.close()
        do {
            try await group.shutdownGracefully()
        } catch {
            logger.error("the event loop did not end", metadata: ["error": "\(error)"])
        }
    }
}
