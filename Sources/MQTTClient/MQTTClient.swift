import CoreMetrics
import DequeModule
import Logging
import MQTTCodec
import NIOCore

/// An MQTT client: one session on a server, over as many connections as it takes.
///
/// ```swift
/// let client = MQTTClient(try ClientConfiguration("mqtt://127.0.0.1:1883"))
/// try await client.connect()
/// let lights = try await client.subscribe("house/+/light", qos: .atLeastOnce)
/// try await client.publish("house/kitchen/light", "on", qos: .atLeastOnce)
/// for try await message in lights { print(message.topic, message.text) }
/// await client.disconnect()
/// ```
///
/// When a connection is lost the client makes another one, goes on with its session or subscribes again, and
/// sends again what was not acknowledged. Whatever is published in the meantime waits in its outbox. No call
/// waits for ever: each ends when its task is cancelled, and after ``ClientConfiguration/timeout``.
///
/// It runs until ``disconnect(_:)``, or until something happens that another connection would not mend; that
/// has to be called for every client that was connected.
public actor MQTTClient {
    enum State: Equatable {
        case idle
        case connecting
        case connected
        /// Between two attempts.
        case waiting
        case disconnecting
        case ended(ClientError?)
    }

    public nonisolated let configuration: ClientConfiguration
    /// Everything here happens on it.
    nonisolated let eventLoop: any EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe eventLoop.executor.asUnownedSerialExecutor()
    }
    /// The client's event loop, for a task that has nothing else to do than to take messages or to publish: with
    /// `withTaskExecutorPreference(client.taskExecutor)` no other thread has to be woken for them, which costs more than
    /// all the rest. Such a task must not block, or the client does nothing either.
    public nonisolated let taskExecutor: any TaskExecutor
    nonisolated var logger: Logger { configuration.logger }

    var state = State.idle
    var session: ClientSession
    var spareActions: [SessionAction] = []
    /// Where the next connection goes; a server may have sent the client elsewhere.
    var address: ServerAddress
    var channel: (any Channel)?
    /// Counts connections, so that late news of an old one are not taken for those of the present one.
    var connectionNumber = 0
    var handshake: Completion<Connack>?
    var hasBeenConnected = false
    /// Why the client itself closes the present connection.
    var closeReason: ClientError?
    var reconnection: Task<Void, Never>?
    /// Waits before another attempt. A test puts its own in its place.
    var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    var isReading = true
    var flushIsScheduled = false
    var timer: Scheduled<Void>?
    var timerDeadline: NIODeadline?

    var lastToken: UInt64 = 0
    var publishes: [UInt64: Completion<PublishOutcome>] = [:]
    var requests: [UInt64: Completion<SubscriptionAcknowledgement>] = [:]
    /// Publishers that wait for room in the outbox.
    var roomSeekers: Deque<(room: Int, completion: Completion<Void>)> = []

    var inboxes: [Int: Inbox] = [:]
    /// Those that are too full to read on.
    var fullInboxes: Set<Int> = []
    /// Those that something has come for since their takers were woken.
    var touchedInboxes: [Int] = []
    var lastInbox = 0
    /// By delivery, the messages of QoS 1 and 2 that are not acknowledged.
    var claims: [UInt64: Claim] = [:]
    /// Messages of a session that was there before this client, for subscriptions that are not there yet.
    var unclaimed: Deque<Message> = []
    /// When they have waited long enough; nil: none are kept.
    var unclaimedEnd: Scheduled<Void>?
    var responses: Responses?
    /// Begins anywhere, so that a resumed session's identifiers are hardly those of another subscription.
    var nextSubscriptionIdentifier = Int.random(in: 1..<200_000_000)

    /// The steps of an enhanced authentication that are still to come.
    var exchange: (any AuthenticationExchange)?
    var reauthentication: Completion<Void>?

    /// What the outbox's store has.
    var storedTokens: Set<UInt64> = []
    var isOutboxLoaded = false
    var lastRemoval: Task<Void, Never>?

    let metrics: ClientMetrics

    let observers = ConnectionObservers()

    public init(_ configuration: ClientConfiguration) {
        self.configuration = configuration
        eventLoop = configuration.eventLoopGroup.next()
        taskExecutor = EventLoopTaskExecutor(eventLoop)
        session = ClientSession(configuration.session)
        address = configuration.server
        metrics = ClientMetrics(
            configuration.metricsFactory ?? MetricsSystem.factory, dimensions: configuration.metricsDimensions
        )
    }

    /// What the server can do, as it said when it accepted the present connection.
    public var serverLimits: ServerLimits { session.server }

    /// The client identifier, also where the server chose it.
    public var clientIdentifier: String { session.settings.connect.clientIdentifier.description }

    public var isConnected: Bool { state == .connected }

    /// What becomes of the connection from now on. The 256 newest events are kept for whoever reads them late.
    public func events() -> AsyncStream<ConnectionEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ConnectionEvent.self, bufferingPolicy: .bufferingNewest(256))
        if case .ended(let error) = state {
            continuation.yield(.ended(error))
            continuation.finish()
            return stream
        }
        observers.add(continuation)
        return stream
    }

    func report(_ event: ConnectionEvent) {
        logger.debug("\(event)")
        metrics.happened(event)
        observers.tell(event)
    }

    func nextToken() -> UInt64 {
        lastToken += 1
        return lastToken
    }
}
