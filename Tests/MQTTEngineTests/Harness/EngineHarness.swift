import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A shard, a clock that a test turns, and the clients that talk to it: a whole broker without any input or
/// output.
///
///     let harness = EngineHarness()
///     let alice = harness.client("alice"), bob = harness.client("bob")
///     alice.connect(); bob.connect()
///     alice.subscribe("a/+", qos: .atLeastOnce)
///     bob.publish("a/b", "hello", qos: .atLeastOnce)
///     #expect(alice.payloads == ["hello"])
final class EngineHarness {
    private var shard: Shard
    /// What survives a crash; nil: the shard has no store.
    private(set) var store: MemoryStore?
    /// Whether batches are stored as soon as they are due; else the test stores them.
    var storesAtOnce = true
    /// Whether questions about queues on the disk are answered at once; else the test does it.
    var readsAtOnce = true
    /// Questions about queues on the disk that nobody answered yet.
    private(set) var questions: [QueueRead] = []
    /// What the store says it takes on its disk.
    var bytesOnDisk = 0
    /// The batch that the store has begun and not finished.
    private(set) var batchUnderWay: StoreBatch?
    private let configuration: EngineConfiguration
    private let ports: Ports
    private var wallClockOffset: Int64 = 1_700_000_000_000
    private var seed: UInt64 = 42
    private(set) var now = Instant(milliseconds: 1_000_000)
    /// Everything that was reported, in order.
    private(set) var events: [Event] = []
    /// Questions to the authenticator that nobody answered yet.
    private(set) var authentications: [(client: ConnectionID, request: AuthenticationRequest)] = []
    /// Questions to the authorizer that nobody answered yet.
    private(set) var authorizations: [(client: ConnectionID, request: AccessRequest)] = []
    /// Answers for the authenticator, given at once; nil leaves the question to the test.
    var onAuthenticate: (AuthenticationRequest) -> AuthenticationOutcome? = { _ in nil }
    let authorizer = ScriptedAuthorizer()
    private var clients: [ConnectionID: WeakClient] = [:]
    private var isDraining = false

    /// Every test of the engine can also run with a store: `MARTLET_TEST_DURABLE=1`; with `disk` all queues but
    /// their first message are on the disk alone.
    static let isDurable = unsafe getenv("MARTLET_TEST_DURABLE") != nil
    private static let isOnDisk =
        unsafe getenv("MARTLET_TEST_DURABLE").map { unsafe String(cString: $0) } == "disk"

    private struct WeakClient {
        weak var client: TestClient?
    }

    /// - Parameters:
    ///   - authenticates: whether the shard has an authenticator; the test answers for it.
    ///   - authorizes: whether the shard has an authorizer; it allows everything until the test says otherwise.
    ///   - durable: whether the shard has a store.
    ///   - configure: `$SYS` is off unless this switches it on.
    init(
        authenticates: Bool = false, authorizes: Bool = false, durable: Bool = EngineHarness.isDurable,
        _ configure: (inout EngineConfiguration) -> Void = { _ in }
    ) {
        var configuration = EngineConfiguration()
        configuration.systemTopicInterval = 0
        if Self.isOnDisk {
            configuration.limits.queueWindow = 1
            configuration.limits.queueMemory = 0
        }
        configure(&configuration)
        self.configuration = configuration
        ports = Ports(
            authenticator: authenticates ? AbsentAuthenticator() : nil,
            authorizer: authorizes ? authorizer : nil)
        store = durable ? MemoryStore() : nil
        shard = Shard(configuration: configuration, ports: ports, seed: 42, now: now, isDurable: durable)
        shard.wallClockOffset = wallClockOffset
    }

    var counters: Counters { shard.counters }
    var nextDeadline: Instant? { shard.nextDeadline }

    /// How many messages were dropped for this reason.
    func drops(_ reason: DropReason) -> UInt64 {
        let index = DropReason.allCases.firstIndex(of: reason) ?? 0
        return shard.counters.drops[index]
    }

    /// Opens a connection. Nothing is sent on it yet.
    func client(_ identifier: MQTTString = "client", _ version: ProtocolVersion = .v5) -> TestClient {
        let connection = shard.connectionOpened(
            Peer(address: "192.0.2.1:\(clients.count + 1000)", listener: "mqtt://test"), at: now)
        let client = TestClient(self, identifier, version, connection)
        if let connection { clients[connection] = WeakClient(client: client) }
        drain()
        return client
    }

    /// A client that is connected already, with Clean Start.
    func connected(_ identifier: MQTTString, _ version: ProtocolVersion = .v5) -> TestClient {
        let client = client(identifier, version)
        client.connect()
        return client
    }

    /// Asks the shard what it holds.
    func look<Value>(_ body: (borrowing Shard, Instant) -> Value) -> Value { body(shard, now) }

    /// Has the shard do something at the operator's wish.
    func operate<Value>(_ body: (inout Shard, Instant) -> Value) -> Value {
        let value = body(&shard, now)
        drain()
        return value
    }

    // MARK: Time

    func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }

    /// Lets time pass, stopping wherever the shard asked to be woken.
    func advance(milliseconds: Int64) {
        let end = now.advanced(milliseconds: milliseconds)
        var stops = 0
        while let deadline = shard.nextDeadline, deadline <= end {
            now = max(now, deadline)
            shard.advance(to: now)
            drain()
            stops += 1
            if stops > 100_000 {
                Issue.record("the shard asks to be woken again and again at \(deadline)")
                return
            }
        }
        now = end
        shard.advance(to: now)
        drain()
    }

    // MARK: What happens to connections

    func received(_ bytes: ByteBuffer, on connection: ConnectionID) {
        shard.received(bytes, on: connection, at: now)
        drain()
    }

    func connectionLost(_ connection: ConnectionID) {
        clients[connection] = nil
        shard.connectionLost(connection, at: now)
        drain()
    }

    func writabilityChanged(_ isWritable: Bool, of connection: ConnectionID) {
        shard.writabilityChanged(isWritable, of: connection, at: now)
        drain()
    }

    func disconnect(_ client: TestClient, _ reason: ReasonCode) {
        guard let connection = client.connection else { return }
        shard.disconnect(connection, reason, at: now)
        drain()
    }

    func shutDown() {
        shard.shutDown(at: now)
        drain()
    }

    func reviewRights(isRevoked: (Event.Client, Credentials) -> Bool = { _, _ in false }) {
        shard.reviewRights(at: now, isRevoked: isRevoked)
        drain()
    }

    // MARK: The store

    /// Begins a batch if one is due: nothing in it can be taken back. nil: nobody waits for any.
    @discardableResult
    func beginBatch() -> StoreBatch? {
        guard batchUnderWay == nil, shard.hasBatchToStore else { return nil }
        batchUnderWay = shard.beginBatch()
        return batchUnderWay
    }

    /// The batch that has begun is on the disk.
    ///
    /// - Parameter isTrue: false: the store only says so.
    func finishBatch(isTrue: Bool = true) {
        guard let batch = batchUnderWay else { return }
        batchUnderWay = nil
        if isTrue { store?.commit(batch) }
        shard.batchStored(batch.number, bytesOnDisk: bytesOnDisk, at: now)
        drain()
    }

    /// The shard is told that the batch that has begun is stored.
    func tellStored(_ batch: StoreBatch) {
        if batchUnderWay?.number == batch.number { batchUnderWay = nil }
        shard.batchStored(batch.number, bytesOnDisk: bytesOnDisk, at: now)
        drain()
    }

    /// The disk holds something else now.
    func replaceStore(_ other: MemoryStore) { store = other }

    /// Stores what is due, and what becomes due by that, until nobody waits.
    func storeAll() {
        finishBatch()
        while beginBatch() != nil { finishBatch() }
    }

    /// Stores also what nobody waits for.
    func storeEverything() {
        storeAll()
        while shard.hasAnythingToStore, let batch = shard.beginBatch() {
            store?.commit(batch)
            shard.batchStored(batch.number, bytesOnDisk: bytesOnDisk, at: now)
            drain()
        }
    }

    /// The broker dies, with all that was not stored, and comes back with what was. Its clock is another one.
    ///
    /// - Parameter batchReachedDisk: the batch that was under way is on the disk, but nobody was told.
    func crash(downForSeconds down: Int64 = 0, batchReachedDisk: Bool = false) {
        guard let store else {
            Issue.record("nothing survives without a store")
            return
        }
        if batchReachedDisk, let batch = batchUnderWay { store.commit(batch) }
        batchUnderWay = nil
        for client in clients.values { client.client?.brokerDied() }
        clients = [:]
        authentications = []
        authorizations = []
        questions = []
        now = now.advanced(milliseconds: down * 1000 + 777_777)
        wallClockOffset -= 777_777
        seed += 1
        shard = Shard(configuration: configuration, ports: ports, seed: seed, now: now, isDurable: true)
        shard.wallClockOffset = wallClockOffset
        shard.restore(store.state)
        drain()
        advance(milliseconds: 0)
    }

    // MARK: Answers of the ports

    /// Answers the oldest open question to the authenticator.
    func answerAuthentication(_ outcome: AuthenticationOutcome) {
        guard !authentications.isEmpty else {
            Issue.record("the authenticator was not asked")
            return
        }
        shard.authenticated(authentications.removeFirst().client, outcome, at: now)
        drain()
    }

    /// Answers the oldest open question to the authorizer.
    func answerAuthorization(_ isAllowed: Bool) {
        guard !authorizations.isEmpty else {
            Issue.record("the authorizer was not asked")
            return
        }
        shard.authorized(authorizations.removeFirst().client, isAllowed, at: now)
        drain()
    }

    // MARK: Actions

    /// Does what the shard asks for until it asks for nothing, and lets clients acknowledge.
    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        defer { isDraining = false }
        repeat {
            while let action = shard.nextAction() { perform(action) }
        } while storeBatch() || answerRead() || sendAnswers()
    }

    /// Answers the oldest open question about a queue on the disk.
    private func answerRead() -> Bool {
        guard readsAtOnce, !questions.isEmpty, let store else { return false }
        shard.queueRead(store.read(questions.removeFirst()), at: now)
        return true
    }

    /// Answers the oldest question about a queue on the disk.
    func readOnce() {
        guard !questions.isEmpty, let store else { return }
        shard.queueRead(store.read(questions.removeFirst()), at: now)
        drain()
    }

    /// Answers all questions about queues on the disk.
    func readAll() {
        let was = readsAtOnce
        readsAtOnce = true
        drain()
        readsAtOnce = was
    }

    func storeTroubled(_ trouble: StoreTrouble?) {
        shard.storeTroubled(trouble, at: now)
        drain()
    }

    private func storeBatch() -> Bool {
        guard storesAtOnce, batchUnderWay == nil, shard.hasBatchToStore, let batch = shard.beginBatch() else {
            return false
        }
        store?.commit(batch)
        shard.batchStored(batch.number, bytesOnDisk: bytesOnDisk, at: now)
        return true
    }

    private func perform(_ action: Action) {
        switch action {
        case .write(let connection):
            let output = shard.takeOutput(of: connection)
            clients[connection]?.client?.arrived(output)
            shard.reclaim(output.first)
        case .close(let connection, let final):
            clients.removeValue(forKey: connection)?.client?.closed(final)
        case .pauseReading(let connection): clients[connection]?.client?.isReadingPaused = true
        case .resumeReading(let connection): clients[connection]?.client?.isReadingPaused = false
        case .authenticate(let connection, let request):
            if let outcome = onAuthenticate(request) {
                shard.authenticated(connection, outcome, at: now)
            } else {
                authentications.append((connection, request))
            }
        case .authorize(let connection, let request): authorizations.append((connection, request))
        case .readQueue(let question): questions.append(question)
        case .pass: Issue.record("a shard without siblings has nobody to tell")
        case .report(let event): events.append(event)
        }
    }

    /// Hands in what clients answered by themselves or could not send while they were not read.
    private func sendAnswers() -> Bool {
        var isAny = false
        for (connection, weak) in clients.sorted(by: { $0.key.slot < $1.key.slot }) {
            guard let bytes = weak.client?.takeUnread() else { continue }
            shard.received(bytes, on: connection, at: now)
            isAny = true
        }
        return isAny
    }
}
