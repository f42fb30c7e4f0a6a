import MQTTBroker
import MQTTEngine
import NIOCore
import Synchronization
import Testing

/// A listener behind a proxy: who clients are is what the proxy says.
@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    private final class Events: Sendable {
        let all = Mutex<[Event]>([])

        var addresses: [String] {
            all.withLock { all in
                all.compactMap { event in
                    if case .clientConnected(let client, _, _, _) = event { client.peer.address } else { nil }
                }
            }
        }
    }

    private static func behindProxy(_ configuration: inout BrokerConfiguration, _ range: String) {
        configuration.listeners[0].proxies = AddressRange(range).map { [$0] } ?? []
        configuration.defence.addressFailures = 2
        configuration.defence.loginDelay = 0
    }

    private struct Nobody: Authenticator {
        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            request.userName == "anna" ? .accepted() : .refused(.badUserNameOrPassword)
        }
    }

    @Test("The client's address is the proxy's word, and bans are about it")
    func address() async throws {
        let events = Events()
        try await RunningBroker.with(
            .tcp, configure: { Self.behindProxy(&$0, "127.0.0.0/8") }, ports: Ports(authenticator: Nobody()),
            observer: { event in events.all.withLock { $0.append(event) } }
        ) { running in
            func client(_ header: String) async throws -> TestClient {
                let client = try await running.client()
                try await client.stream.send(ByteBuffer(string: header))
                return client
            }
            let from = "PROXY TCP4 192.0.2.1 198.51.100.2 4660 1883\r\n"
            let anna = try await client(from)
            try await anna.connect("a", userName: "anna")
            for user in ["eve", "mallory"] {
                let other = try await client(from)
                let answer = try await other.connect("x", userName: MQTTString(user))
                #expect(answer.reasonCode == .badUserNameOrPassword)
            }
            let banned = try await client(from)
            try await banned.expectEnd()
            // Another client behind the same proxy.
            let bob = try await client("PROXY TCP6 2001:db8::7 ::1 4661 1883\r\n")
            try await bob.connect("b", userName: "anna")
            let check = try await client("PROXY UNKNOWN\r\n")
            try await check.connect("c", userName: "anna")
            try await anna.ping()
        }
        #expect(events.addresses.prefix(2) == ["192.0.2.1:4660", "[2001:db8::7]:4661"])
        #expect(events.addresses.last?.hasPrefix("127.0.0.1:") == true)
    }

    @Test("Who is no proxy cannot say who it is, nor come in without a header")
    func strangers() async throws {
        try await RunningBroker.with(.tcp, configure: { Self.behindProxy(&$0, "192.0.2.0/24") }) { running in
            let client = try await running.client()
            try await client.expectEnd()
        }
        for kind in [TransportKind.tcp, .tls, .webSocket] {
            try await RunningBroker.with(
                kind, configure: { Self.behindProxy(&$0, "127.0.0.1") }
            ) { running in
                await #expect(throws: (any Error).self) {
                    let client = try await running.client()
                    try await client.connect("a")
                }
            }
        }
    }
}
