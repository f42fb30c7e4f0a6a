import MQTTCodec
@testable import MQTTEngine
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
    var hosts: [HarnessShard] = []
    /// What survives a crash; nil: the shard has no store.
    var store: MemoryStore?
    /// Whether batches are stored as soon as they are due; else the test stores them.
    var storesAtOnce = true
    /// Whether that goes for what is held, too.
    var storesHeld = false
    /// Whether questions about queues on the disk are answered at once; else the test does it.
    var readsAtOnce = true
    /// Questions about queues on the disk that nobody answered yet.
    private(set) var questions: [(shard: Int, question: QueueRead)] = []
    /// What the store says it takes on its disk.
    var bytesOnDisk = 0
    /// The batches that the store has begun and not finished, in their order.
    var underWay: [BegunBatch] = []
    var parts: [(shard: Int, batch: StoreBatch)] = []
    var lastBatch: UInt64 = 0
    /// Whether the parts of a round are stored one by one, as no store may do it.
    var splitsRounds = false
    /// Whether what siblings tell each other stays where it is until the test hands it over, or the shard looks at
    /// anything else.
    var isMailSlow = false
    /// The shard that the next connection leads to.
    var nextShard = 0
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
    ///   - shards: how many there are.
    ///   - configure: `$SYS` is off unless this switches it on.
    init(
        authenticates: Bool = false, authorizes: Bool = false, durable: Bool = EngineHarness.isDurable,
        shards: Int = 1, _ configure: (inout EngineConfiguration) -> Void = { _ in }
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
        hosts = makeShards(shards, isDurable: durable)
    }

    private func makeShards(_ count: Int, isDurable: Bool) -> [HarnessShard] {
        var made: [HarnessShard] = []
        for index in 0..<count {
            let place = count == 1 ? .alone : ShardPlace(index: index, of: count, seed: seed)
            let host = HarnessShard(
                index,
                Shard(
                    configuration: configuration, ports: ports, seed: seed + UInt64(index) << 32, now: now,
                    isDurable: isDurable, place: place))
            host.shard.wallClockOffset = wallClockOffset
            made.append(host)
        }
        return made
    }

    var shardCount: Int { hosts.count }

    var counters: Counters {
        hosts.dropFirst().reduce(into: hosts[0].shard.counters) { $0.add($1.shard.counters) }
    }
    var nextDeadline: Instant? { hosts.compactMap { $0.shard.nextDeadline }.min() }

    /// How many messages were dropped for this reason.
    func drops(_ reason: DropReason) -> UInt64 {
        let index = DropReason.allCases.firstIndex(of: reason) ?? 0
        return counters.drops[index]
    }

    /// Opens a connection. Nothing is sent on it yet.
    func client(_ identifier: MQTTString = "client", _ version: ProtocolVersion = .v5) -> TestClient {
        let host = touch(nextShard % hosts.count)
        let connection = host.shard.connectionOpened(
            Peer(address: "192.0.2.1:\(clients.count + 1000)", listener: "mqtt://test"), at: now
        )?.outer(host.index, of: hosts.count)
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
    func look<Value>(_ body: (borrowing Shard, Instant) -> Value) -> Value { body(hosts[0].shard, now) }

    /// Has the shard do something at the operator's wish.
    func operate<Value>(_ body: (inout Shard, Instant) -> Value) -> Value {
        let value = body(&touch(0).shard, now)
        drain()
        return value
    }

    // MARK: Time

    func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }

    /// Lets time pass, stopping wherever the shard asked to be woken.
    func advance(milliseconds: Int64) {
        let end = now.advanced(milliseconds: milliseconds)
        var stops = 0
        while let deadline = nextDeadline, deadline <= end {
            now = max(now, deadline)
            for host in hosts { touch(host.index).shard.advance(to: now) }
            drain()
            stops += 1
            if stops > 100_000 {
                Issue.record("the shard asks to be woken again and again at \(deadline)")
                return
            }
        }
        now = end
        for host in hosts { touch(host.index).shard.advance(to: now) }
        drain()
    }

    // MARK: What happens to connections

    func received(_ bytes: ByteBuffer, on connection: ConnectionID) {
        touch(connection).shard.received(bytes, on: inner(connection), at: now)
        drain()
    }

    func connectionLost(_ connection: ConnectionID) {
        clients[connection] = nil
        touch(connection).shard.connectionLost(inner(connection), at: now)
        drain()
    }

    func writabilityChanged(_ isWritable: Bool, of connection: ConnectionID) {
        touch(connection).shard.writabilityChanged(isWritable, of: inner(connection), at: now)
        drain()
    }

    func disconnect(_ client: TestClient, _ reason: ReasonCode) {
        guard let connection = client.connection else { return }
        touch(connection).shard.disconnect(inner(connection), reason, at: now)
        drain()
    }

    func shutDown() {
        for host in hosts { touch(host.index).shard.shutDown(at: now) }
        drain()
    }

    func reviewRights(isRevoked: (Event.Client, Credentials) -> Bool = { _, _ in false }) {
        for host in hosts { touch(host.index).shard.reviewRights(at: now, isRevoked: isRevoked) }
        drain()
    }

    /// Sets the machine's clock.
    func setClock(bySeconds step: Int64) {
        wallClockOffset += step * 1000
        for host in hosts { touch(host.index).shard.wallClockSet(to: wallClockOffset, at: now) }
        drain()
    }

    // MARK: The end

    /// The broker dies, with all that was not stored, and comes back with what was. Its clock is another one.
    ///
    /// - Parameter batchReachedDisk: the batch that was under way is on the disk, but nobody was told.
    func crash(
        downForSeconds down: Int64 = 0, batchReachedDisk: Bool = false, clockGoesBySeconds step: Int64 = 0
    ) {
        guard let store else {
            Issue.record("nothing survives without a store")
            return
        }
        if batchReachedDisk, let begun = underWay.first { store.commit(begun.batch) }
        underWay = []
        parts = []
        for client in clients.values { client.client?.brokerDied() }
        clients = [:]
        authentications = []
        authorizations = []
        questions = []
        now = now.advanced(milliseconds: down * 1000 + 777_777)
        wallClockOffset += step * 1000 - 777_777
        seed += 1
        hosts = makeShards(hosts.count, isDurable: true)
        let state = store.state
        for host in hosts { host.shard.restore(state) }
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
        let client = authentications.removeFirst().client
        touch(client).shard.authenticated(inner(client), outcome, at: now)
        drain()
    }

    /// Answers the oldest open question to the authorizer.
    func answerAuthorization(_ isAllowed: Bool) {
        guard !authorizations.isEmpty else {
            Issue.record("the authorizer was not asked")
            return
        }
        let client = authorizations.removeFirst().client
        touch(client).shard.authorized(inner(client), isAllowed, at: now)
        drain()
    }

    // MARK: Actions

    /// Does what the shard asks for until it asks for nothing, and lets clients acknowledge.
    func drain() {
        guard !isDraining else { return }
        isDraining = true
        defer { isDraining = false }
        repeat {
            for host in hosts { work(host) }
        } while handOverMail() || storeBatch() || answerRead() || sendAnswers()
    }

    func work(_ host: HarnessShard) {
        while let action = host.shard.nextAction() { perform(action, host) }
    }

    /// Answers the oldest open question about a queue on the disk.
    private func answerRead() -> Bool {
        guard readsAtOnce, !questions.isEmpty, let store else { return false }
        answer(questions.removeFirst(), store)
        return true
    }

    /// Answers the oldest question about a queue on the disk.
    func readOnce() {
        guard !questions.isEmpty, let store else { return }
        answer(questions.removeFirst(), store)
        drain()
    }

    private func answer(_ asked: (shard: Int, question: QueueRead), _ store: MemoryStore) {
        touch(asked.shard).shard.queueRead(store.read(asked.question), at: now)
    }

    /// Answers all questions about queues on the disk.
    func readAll() {
        let was = readsAtOnce
        readsAtOnce = true
        drain()
        readsAtOnce = was
    }

    func storeTroubled(_ trouble: StoreTrouble?) {
        for host in hosts { touch(host.index).shard.storeTroubled(trouble, at: now) }
        drain()
    }

    private func storeBatch() -> Bool {
        guard storesAtOnce, underWay.isEmpty, let batch = beginBatch(isLazy: storesHeld) else { return false }
        store?.commit(batch)
        tellStored(batch)
        return true
    }

    private func perform(_ action: Action, _ host: HarnessShard) {
        func outer(_ id: ConnectionID) -> ConnectionID { id.outer(host.index, of: hosts.count) }
        switch action {
        case .write(let id):
            let output = host.shard.takeOutput(of: id)
            clients[outer(id)]?.client?.arrived(output)
            host.shard.reclaim(output.first)
        case .close(let id, let final): clients.removeValue(forKey: outer(id))?.client?.closed(final)
        case .pauseReading(let id): clients[outer(id)]?.client?.isReadingPaused = true
        case .resumeReading(let id): clients[outer(id)]?.client?.isReadingPaused = false
        case .authenticate(let id, let request):
            if let outcome = onAuthenticate(request) {
                host.shard.authenticated(id, outcome, at: now)
            } else {
                authentications.append((outer(id), request))
            }
        case .authorize(let id, let request): authorizations.append((outer(id), request))
        case .readQueue(let question): questions.append((host.index, question))
        case .pass(let sibling): hosts[sibling].mail.append((host.index, host.shard.takeBatch(for: sibling)))
        case .report(let event): events.append(event)
        }
    }

    /// Hands in what clients answered by themselves or could not send while they were not read.
    private func sendAnswers() -> Bool {
        var isAny = false
        for (connection, weak) in clients.sorted(by: { $0.key.slot < $1.key.slot }) {
            guard let bytes = weak.client?.takeUnread() else { continue }
            touch(connection).shard.received(bytes, on: inner(connection), at: now)
            isAny = true
        }
        return isAny
    }
}
