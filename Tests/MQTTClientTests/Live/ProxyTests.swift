import MQTTBroker
import MQTTClient
import NIOCore
import Testing

@Suite("A client behind a proxy", .timeLimit(.minutes(2)))
struct ProxyTests {
    @Test(
        "All transports go through, and the server is named to the proxy",
        arguments: TestProxy.Kind.allCases, [TransportKind.tcp, .tls, .webSocket, .secureWebSocket])
    func through(kind: TestProxy.Kind, transport: TransportKind) async throws {
        try await LiveServer.with(transport) { server in
            try await TestProxy.with(kind) { proxy in
                var configuration = try server.configuration()
                // The name is for the proxy to look up.
                configuration.server = try ServerAddress(
                    "\(server.listeners[0].url)".replacing("127.0.0.1", with: "localhost"))
                configuration.proxy = proxy.address
                try await MQTTClient.withConnection(configuration) { client in
                    let messages = try await client.subscribe("t", qos: .atLeastOnce)
                    try await client.publish("t", "x", qos: .exactlyOnce)
                    #expect(try await messages.texts(1) == ["x"])
                }
                #expect(proxy.targets == ["localhost:\(server.listeners[0].url.port ?? 0)"])
            }
        }
    }

    @Test(
        "A proxy that refuses is told from a server that cannot be reached",
        arguments: TestProxy.Kind.allCases)
    func refused(kind: TestProxy.Kind) async throws {
        try await TestProxy.with(kind, refuses: true) { proxy in
            var configuration = ClientConfiguration(.tcp(host: "localhost", port: 1))
            configuration.proxy = proxy.address
            let client = MQTTClient(configuration)
            do {
                try await client.connect()
                Issue.record("connected")
            } catch {
                guard case ClientError.proxyRefused = error else { throw error }
            }
        }
        var configuration = ClientConfiguration(.tcp(host: "localhost", port: 1))
        configuration.proxy = .http(host: "127.0.0.1", port: 1)
        let client = MQTTClient(configuration)
        await #expect(throws: ClientError.unreachable("Connection refused")) { try await client.connect() }
    }

    @Test("An IP address behind a proxy cannot be checked, and is not taken for checked")
    func address() async throws {
        var configuration = ClientConfiguration(.tls(host: "127.0.0.1", port: 1))
        configuration.proxy = .http(host: "127.0.0.1", port: 1)
        let client = MQTTClient(configuration)
        do {
            try await client.connect()
            Issue.record("connected")
        } catch {
            guard case ClientError.securityUnusable = error else { throw error }
        }
    }
}
