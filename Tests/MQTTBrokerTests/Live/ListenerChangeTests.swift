import MQTTBroker
import NIOCore
import NIOPosix
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Listeners that are exchanged while the broker runs, as the program that holds it does that.
@Suite(.timeLimit(.minutes(1))) struct ListenerChangeTests {
    /// On every event loop in turn.
    private static func configure(_ configuration: inout BrokerConfiguration) { configuration.shards = 2 }

    private func occupied(_ body: (Int) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        try await body(try #require(channel.localAddress?.port))
        try await channel.close()
    }

    @Test("If one cannot bind, everything is as it was, and the error says which")
    func nothing() async throws {
        try await RunningBroker.with(.tcp, configure: Self.configure) { running in
            let client = try await running.connected("client")
            try await occupied { port in
                let taken = ListenerURL.mqtt(host: "127.0.0.1", port: port)
                let wanted = [ListenerURL.mqtt(host: "127.0.0.1", port: 0), taken].map {
                    ListenerConfiguration($0)
                }
                let error = await #expect(throws: BindError.self) { try await running.broker.prepare(wanted) }
                #expect(error?.url == taken && error?.reason == .addressInUse)
            }
            #expect(try await running.broker.listeners() == running.listeners)
            try await client.send(.pingreq)
            try await client.expect(.pingresp)
            _ = try await running.connected("other")
        }
    }

    private func isThere(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    @Test("What is prepared and then given up changes nothing")
    func abandoned() async throws {
        try await RunningBroker.with(.tcp) { running in
            let local = temporarySocketPath()
            let change = try await running.broker.prepare([ListenerConfiguration(.unix(path: local))])
            #expect(isThere(local))
            try await running.broker.abandon(change)
            #expect(!isThere(local))
            #expect(try await running.broker.listeners() == running.listeners)
            _ = try await running.connected("client")
        }
    }

    @Test("Connections of a new listener wait until it is taken; then those of the old one end")
    func exchanged() async throws {
        try await RunningBroker.with(.tcp, configure: Self.configure) { running in
            var old: [TestClient] = []
            for name in ["a", "b", "c"] as [MQTTString] { old.append(try await running.connected(name)) }
            let own = try await running.broker.subscribe("x")
            let local = temporarySocketPath()
            let change = try await running.broker.prepare([ListenerConfiguration(.unix(path: local))])
            let early = try await SocketStream.connect(to: SocketAddress(unixDomainSocketPath: local))
            let client = TestClient(early, .v5)
            try await client.send(.connect(Connect(clientIdentifier: "early")))
            try await old[0].send(.pingreq)
            try await old[0].expect(.pingresp)
            try await running.broker.take(change, ports: Ports()) { _, _ in true }
            for one in old {
                guard case .disconnect(let packet)? = try await one.next() else {
                    Issue.record("no DISCONNECT")
                    continue
                }
                #expect(packet.reasonCode == .administrativeAction)
                #expect(try await one.next() == nil)
            }
            guard case .connack(let connack)? = try await client.next() else {
                Issue.record("no CONNACK")
                return
            }
            #expect(connack.reasonCode == .success)
            // The program's own clients are revoked by nothing.
            try await running.broker.publish(topic: "x")
            for try await _ in own { break }
        }
    }

    @Test("Other ports count for everybody from then on, also for logins that are under way")
    func ports() async throws {
        let gate = Gate()
        try await RunningBroker.with(.tcp, ports: Ports(authenticator: gate)) { running in
            let client = try await running.client()
            try await client.send(.connect(Connect(clientIdentifier: "slow")))
            await gate.asked()
            try await running.broker.take(nil, ports: Ports(authenticator: Refusing()))
            gate.open()
            guard case .connack(let connack)? = try await client.next() else {
                Issue.record("no CONNACK")
                return
            }
            #expect(connack.reasonCode == .notAuthorized, "the answer of the one before does not count")
        }
    }

    private struct Refusing: Authenticator {
        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            .refused(.notAuthorized)
        }
    }

    /// Lets in whoever comes, once it is opened.
    private final class Gate: Authenticator {
        private let questions = AsyncStream.makeStream(of: Void.self)
        private let openings = AsyncStream.makeStream(of: Void.self)

        func asked() async { _ = await questions.stream.first { true } }

        func open() { openings.continuation.yield() }

        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            questions.continuation.yield()
            _ = await openings.stream.first { true }
            return .accepted()
        }
    }
}
