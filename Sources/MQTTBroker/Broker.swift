import Logging
import MQTTEngine
import MQTTTransport
import NIOCore
import NIOPosix

/// An MQTT broker inside this process.
///
/// ```swift
/// let broker = Broker(configuration: BrokerConfiguration(listeners: [
///     ListenerConfiguration(try ListenerURL("mqtt://127.0.0.1:1883"))
/// ]))
/// let listeners = try await broker.start()
/// try await broker.publish(topic: "greeting", payload: ByteBuffer(string: "hello"), retain: true)
/// await broker.stop()
/// ```
///
/// It runs once, from ``start()`` to ``stop()``, on an event loop of its own.
public actor Broker {
    private enum State {
        case idle
        case starting
        case running(ShardRunner)
        case stopped
    }

    public nonisolated let configuration: BrokerConfiguration
    private let ports: Ports
    private let store: (any Store)?
    private let logger: Logger
    private let observer: (@Sendable (Event) -> Void)?
    private var state = State.idle
    private var publisher: Task<InProcessPublisher, any Error>?

    /// - Parameters:
    ///   - configuration: where it listens, and all its bounds.
    ///   - ports: who may connect, and what clients may do; without them everybody may do everything.
    ///   - store: keeps sessions, messages and what is retained; without one they end with the broker.
    ///   - logger: for the life of clients and of the broker itself; its level decides how much.
    ///   - observer: is told of every event, on the broker's event loop, and so must be quick.
    public init(
        configuration: BrokerConfiguration, ports: Ports = Ports(), store: (any Store)? = nil,
        logger: Logger = Logger(label: "martlet"),
        observer: (@Sendable (Event) -> Void)? = nil
    ) {
        self.configuration = configuration
        self.ports = ports
        self.store = store
        self.logger = logger
        self.observer = observer
    }

    /// Starts to listen, and returns where: one element for each listener, and two for `localhost` where the
    /// machine has IPv6. The process' limit on open files is raised as far as it may be.
    ///
    /// - Throws: ``BrokerError`` and `BindError`. When one listener cannot bind, none of them listens.
    public func start() async throws -> [BoundListener] {
        guard case .idle = state else { throw BrokerError.alreadyStarted }
        try configuration.validate()
        state = .starting
        let files = FileDescriptorLimit.raise()
        if let files { logger.debug("limit on open files", metadata: ["files": "\(files)"]) }
        let sentry = Sentry(
            configuration.defence, files: files, logger: logger.of(area: "security"),
            auditLog: ports.auditLog)
        let runner = try await ShardRunner.start(configuration, ports, store, observer, sentry, logger)
        do {
            let listeners = try await runner.listen()
            // Somebody may have changed their mind.
            guard case .starting = state else { throw BrokerError.notRunning }
            state = .running(runner)
            return listeners
        } catch {
            state = .stopped
            await runner.stop()
            throw error
        }
    }

    /// Ends all connections, with DISCONNECT 0x8B Server shutting down for 5.0 clients, and their wills as the
    /// specification has it. Clients have ``BrokerConfiguration/stopTime`` to take their last bytes. A
    /// ``start()`` that is under way then throws ``BrokerError/notRunning``.
    public func stop() async {
        let previous = state
        state = .stopped
        if case .running(let runner) = previous { await runner.stop() }
    }

    /// What the broker has counted since it started.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func counters() async throws -> Counters {
        let all = try await runner.onEachShard { driver in driver.shard.counters }
        return all.dropFirst().reduce(into: all[0]) { $0.add($1) }
    }

    /// Messages that did not reach a client since the broker started, by client identifier and reason.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func dropCounts() async throws -> [Shard.DropKey: UInt64] {
        let all = try await runner.onEachShard { driver in driver.shard.dropCounts }
        return all.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    /// Sends all clients to another server, with 0x9C Use another server or 0x9D Server moved: those that are
    /// connected now, and those that come. nil takes clients in again.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func redirect(to redirection: ServerOffer.Redirection?) async throws {
        _ = try await runner.onEachShard { driver in driver.redirect(to: redirection) }
    }

    /// To be called when the answers of the `Authenticator` or the `Authorizer` have changed. Connected
    /// clients for which `isRevoked` is true are disconnected with 0x87 Not authorized; so are those that lose
    /// a subscription because it would not be granted any more. Everybody else notices nothing.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func reviewRights(isRevoked: @escaping @Sendable (Event.Client) -> Bool) async throws {
        _ = try await runner.onEachShard { driver in driver.reviewRights { client, _ in isRevoked(client) } }
    }

    /// As the other form, for whoever wants to know what clients have shown, too.
    public func reviewRights(
        isRevoked: @escaping @Sendable (Event.Client, Credentials) -> Bool
    ) async throws {
        _ = try await runner.onEachShard { driver in driver.reviewRights(isRevoked) }
    }

    /// Publishes a message as a client of the broker's own process would. Such clients are not authenticated
    /// and may use every topic.
    ///
    /// Returns when the broker has taken the message: at QoS 1 and 2 when it has acknowledged it.
    ///
    /// - Throws: ``InProcessError`` and ``BrokerError``.
    public func publish(
        topic: MQTTString, payload: ByteBuffer = ByteBuffer(), qos: QoS = .atMostOnce, retain: Bool = false,
        properties: Properties = []
    ) async throws {
        try await publish(
            Message(topicName: topic, payload: payload, qos: qos, retain: retain, properties: properties))
    }

    /// Publishes a message; see ``publish(topic:payload:qos:retain:properties:)``.
    public func publish(_ message: Message) async throws {
        try await openPublisher().publish(message)
    }

    /// Subscribes to topic filters, as a client of the broker's own process.
    ///
    /// - Throws: ``InProcessError/subscriptionRefused(topicFilter:_:)`` if one is not granted, other
    ///   ``InProcessError`` and ``BrokerError``.
    public func subscribe(_ entries: [MQTTCodec.Subscribe.Entry]) async throws -> Subscription {
        try await Subscription(try await connect(), entries)
    }

    /// Subscribes to topic filters with one QoS for all.
    public func subscribe(_ topicFilters: MQTTString..., qos: QoS = .exactlyOnce) async throws -> Subscription
    {
        try await subscribe(topicFilters.map { .init($0, SubscriptionOptions(qos: qos)) })
    }

    /// Opens a connection without a socket, for whoever wants to speak MQTT with the broker byte by byte.
    ///
    /// - Throws: ``BrokerError``.
    public func connect() async throws -> InProcessConnection {
        try await runner.connect()
    }

    var runner: ShardRunner {
        get throws {
            guard case .running(let runner) = state else { throw BrokerError.notRunning }
            return runner
        }
    }

    /// The connection that ``publish(_:)`` uses; a new one if the broker ended the last.
    private func openPublisher() async throws -> InProcessPublisher {
        if let publisher, let open = try? await publisher.value, await open.isOpen { return open }
        let runner = try runner
        let task = Task { try await InProcessPublisher.open(try await runner.connect()) }
        publisher = task
        return try await task.value
    }
}
