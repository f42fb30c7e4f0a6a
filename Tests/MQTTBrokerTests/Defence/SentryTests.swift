import Logging
import MQTTCodec
import MQTTEngine
import MQTTTransport
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import MQTTBroker

/// The defence at work, with sockets.
@Suite(.timeLimit(.minutes(1))) struct SentryTests {
    private struct OneUser: Authenticator {
        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            request.userName == "anna" ? .accepted() : .refused(.badUserNameOrPassword)
        }
    }

    /// Works on a login until nobody wants to know it any more, and then refuses it.
    private struct Slow: Authenticator {
        let asked = AsyncStream<Void>.makeStream()
        private let never = AsyncStream<Void>.makeStream()

        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            asked.continuation.yield()
            for await _ in never.stream {}
            return .refused(.badUserNameOrPassword)
        }
    }

    private struct Bans: AuditLog {
        let all = AsyncStream<AuditEntry>.makeStream()

        func record(_ entry: AuditEntry) {
            if entry.action == .banned { all.continuation.yield(entry) }
        }
    }

    private final class Entries: AuditLog {
        let all = Mutex<[AuditEntry]>([])

        func record(_ entry: AuditEntry) { all.withLock { $0.append(entry) } }
    }

    private static func configure(
        _ configuration: inout BrokerConfiguration, _ change: (inout DefenceLimits) -> Void
    ) {
        configuration.defence.sparesLoopback = false
        configuration.defence.loginDelay = 0
        change(&configuration.defence)
    }

    @Test(
        "Wrong logins end in a ban, which is told once, with who and where",
        arguments: [.tcp, .webSocket, .tls] as [TransportKind])
    func ban(_ kind: TransportKind) async throws {
        let entries = Entries()
        try await RunningBroker.with(
            kind, configure: { Self.configure(&$0) { $0.addressFailures = 3 } },
            ports: Ports(authenticator: OneUser(), auditLog: entries)
        ) { running in
            let anna = try await running.client()
            #expect(try await anna.connect("first", userName: "anna").reasonCode == .success)
            for number in 0..<3 {
                let client = try await running.client()
                let answer = try await client.connect(
                    MQTTString("c\(number)"), userName: MQTTString("eve\(number)"))
                #expect(answer.reasonCode == .badUserNameOrPassword)
            }
            for _ in 0..<2 {
                await #expect(throws: (any Error).self) {
                    let client = try await running.client()
                    try await client.connect("again", userName: "anna")
                }
            }
            // Who was in before stays in.
            try await anna.ping()
        }
        let all = entries.all.withLock { $0 }
        #expect(all.count { $0.action == .login } == 1)
        #expect(all.count { $0.action == .refused } == 3)
        let bans = all.filter { $0.action == .banned }
        #expect(bans.count == 1)
        #expect(bans.first?.clientIdentifier == "c2")
        #expect(bans.first?.userName == "eve2")
        #expect(bans.first?.peer?.address.hasPrefix("127.0.0.1:") == true)
        #expect(all.count { $0.detail == "the address is banned" } == 1)
    }

    @Test("Who leaves before its login is answered is banned like who waits, and its work is cancelled")
    func leaving() async throws {
        let (slow, bans) = (Slow(), Bans())
        try await RunningBroker.with(
            .tcp, configure: { Self.configure(&$0) { $0.addressFailures = 3 } },
            ports: Ports(authenticator: slow, auditLog: bans)
        ) { running in
            var asked = slow.asked.stream.makeAsyncIterator()
            for number in 0..<3 {
                let client = try await running.client()
                let name = MQTTString("eve\(number)")
                try await client.send(.connect(Connect(version: .v5, clientIdentifier: "c", userName: name)))
                await asked.next()
                await client.stream.close()
            }
            var banned = bans.all.stream.makeAsyncIterator()
            #expect(await banned.next()?.peer?.address.hasPrefix("127.0.0.1:") == true)
            // Its file may be closed a moment after its login is given up.
            while try await running.broker.doorCounters().waiting > 0 { await Task.yield() }
        }
    }

    @Test("The oldest connection that has not logged in makes room for a new one")
    func eviction() async throws {
        try await RunningBroker.with(
            .tcp, configure: { Self.configure(&$0) { $0.handshakes = 3 } }
        ) { running in
            let client = try await running.connected("first")
            var stalled: [TestClient] = []
            for _ in 0..<3 { stalled.append(try await running.client()) }
            let honest = try await running.connected("second")
            try await stalled[0].expectEnd()
            try await honest.ping()
            try await client.ping()
            #expect(try await stalled[1].connect("third").reasonCode == .success)
        }
    }

    @Test(
        "Where all wait for their passwords to be verified a new connection is turned away: counted, told once"
    )
    func crowd() throws {
        let entries = Entries()
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let sentry = Sentry(DefenceLimits(), files: 4, logger: silent, auditLog: entries)
        func arrive() throws -> Arrival {
            var arrival = Arrival(EmbeddedChannel())
            arrival.remoteAddress = try SocketAddress(ipAddress: "127.0.0.1", port: 9)
            try sentry.admit(&arrival, listener: "test", isIntroduced: true)
            return arrival
        }
        for _ in 0..<2 { _ = sentry.loginBegan(Self.request(try arrive(), user: "eve")) }
        for _ in 0..<3 { #expect(throws: Defence.TurnedAway.tooManyLogins) { _ = try arrive() } }
        #expect(sentry.counters.turnedAway == [.tooManyLogins: 3])
        #expect(sentry.counters.waiting == 2)
        let told = entries.all.withLock { $0 }
        #expect(told.map(\.action) == [.turnedAway])
        #expect(told.first?.detail == Defence.TurnedAway.tooManyLogins.rawValue)
    }

    private static func request(_ arrival: Arrival, user: String) -> AuthenticationRequest {
        AuthenticationRequest(
            step: .connect, peer: Peer(of: arrival, listener: "test"), version: .v5, clientIdentifier: "c",
            userName: MQTTString(user), password: [1], method: nil, data: nil,
            connection: ConnectionID(slot: 0, generation: 0))
    }

    @Test("Two clients with one identifier that throw each other out are stopped; others are not")
    func takeoverLoop() async throws {
        try await RunningBroker.with(
            .tcp, configure: { Self.configure(&$0) { $0.flaps = 2 } }
        ) { running in
            var twins: [TestClient] = []
            for _ in 0..<4 { twins.append(try await running.connected("twin")) }
            let client = try await running.client()
            #expect(try await client.connect("twin").reasonCode == .banned)
            try await running.connected("other").ping()
        }
    }

    @Test("The answer to a failed login waits, longer each time; that to a right one does not")
    func delays() async throws {
        let waits = Mutex<[Int64]>([])
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let sentry = Sentry(DefenceLimits(), logger: silent)
        let guarded = GuardedAuthenticator(
            base: OneUser(), sentry: sentry, pause: { wait in waits.withLock { $0.append(wait) } })
        var arrival = Arrival(EmbeddedChannel())
        arrival.remoteAddress = try SocketAddress(ipAddress: "192.0.2.1", port: 9)
        try sentry.admit(&arrival, listener: "test", isIntroduced: true)
        for user in ["anna", "eve", "anna", "eve", "mallory"] {
            _ = await guarded.authenticate(Self.request(arrival, user: user))
        }
        #expect(waits.withLock { $0 } == [250, 500, 1_000])
    }
}
