import MQTTBroker
import MQTTClient
import NIOCore
import NIOPosix
import Testing

@Suite("TLS of a client", .timeLimit(.minutes(2)))
struct SecurityTests {
    private let authority: TestAuthority
    private let other: TestAuthority

    init() throws {
        authority = try #require(TestAuthority.shared)
        other = try #require(TestAuthority.other)
    }

    /// A broker with TLS for the time of `body`, which gets its port.
    private func broker(
        _ file: String = "server", clientCertificates: TLSSettings.ClientCertificates = .off,
        _ body: (Int) async throws -> Void
    ) async throws {
        let server = try authority.server(file, clientCertificates: clientCertificates)
        try await LiveServer.with(
            .tls,
            configure: {
                $0.listeners = [ListenerConfiguration(.mqtts(host: "127.0.0.1", port: 0), tls: server)]
            }
        ) { try await body(try #require($0.listeners[0].url.port)) }
    }

    private func connect(_ address: ServerAddress, _ security: TransportSecurity) async throws {
        var configuration = ClientConfiguration(address)
        configuration.security = security
        let client = MQTTClient(configuration)
        try await client.connect()
        try await client.publish("t", "x", qos: .exactlyOnce)
        await client.disconnect()
    }

    /// The text of the error with which a connection fails.
    private func failure(_ port: Int, _ security: TransportSecurity) async -> String {
        do {
            try await connect(.tls(host: "127.0.0.1", port: port), security)
            return "none"
        } catch { return "\(error)" }
    }

    private func trusted(_ identity: TransportSecurity.Identity? = nil) -> TransportSecurity {
        .tls(trusting: .pem(authority.path("ca.pem")), identity: identity)
    }

    @Test("A server is checked by its authority and its name, unless the client says otherwise")
    func verification() async throws {
        try await broker { port in
            try await connect(.tls(host: "127.0.0.1", port: port), trusted())
            try await connect(.tls(host: "localhost", port: port), trusted())
            #expect(await failure(port, .tls()).contains("not trusted"))
            let wrong = TransportSecurity.tls(trusting: .pem(other.path("ca.pem")))
            #expect(await failure(port, wrong).contains("not trusted"))
            var anybody = wrong
            anybody.verification = .none
            try await connect(.tls(host: "127.0.0.1", port: port), anybody)
        }
        try await broker("named") { port in
            #expect(await failure(port, trusted()).contains("not for '127.0.0.1'"))
            var security = trusted()
            security.verification = .withoutName
            try await connect(.tls(host: "127.0.0.1", port: port), security)
            security = trusted()
            security.serverName = "broker.example"
            try await connect(.tls(host: "127.0.0.1", port: port), security)
            security.serverName = "else.example"
            #expect(await failure(port, security).contains("not for 'else.example'"))
            security.serverName = "127.0.0.1"
            #expect(await failure(port, security).contains("is an IP address"))
        }
    }

    @Test("A client shows its certificate, from PEM or PKCS#12")
    func identity() async throws {
        try await broker(clientCertificates: .required) { port in
            let pem = TransportSecurity.Identity.pem(
                certificate: authority.path("device.pem"), privateKey: authority.path("device.key"))
            try await connect(.tls(host: "127.0.0.1", port: port), trusted(pem))
            let bundle = TransportSecurity.Identity.pkcs12(
                authority.path("device.p12"), passphrase: "secret")
            try await connect(.tls(host: "127.0.0.1", port: port), trusted(bundle))
            let locked = TransportSecurity.Identity.pem(
                certificate: authority.path("locked.pem"), privateKey: authority.path("locked.key"),
                passphrase: "secret")
            try await connect(.tls(host: "127.0.0.1", port: port), trusted(locked))
            #expect(await failure(port, trusted()).contains("there is none"))
            let stranger = TransportSecurity.Identity.pem(
                certificate: other.path("device.pem"), privateKey: other.path("device.key"))
            let refusal = await failure(port, trusted(stranger))
            #expect(refusal.contains("this client's certificate"))
        }
    }

    @Test("A file that cannot be used is named")
    func files() async throws {
        let key = authority.path("device.key")
        let certificate = authority.path("device.pem")
        let p12 = authority.path("device.p12")
        let locked = authority.path("locked.key")
        for (security, part) in [
            (TransportSecurity.tls(trusting: .pem("/no/such.pem")), "/no/such.pem"),
            (.tls(trusting: .pem(key)), key),
            (.tls(trusting: .pemBytes([1])), "PEM"),
            (trusted(.pem(certificate: key, privateKey: key)), key),
            (trusted(.pem(certificate: certificate, privateKey: certificate)), "passphrase"),
            (
                trusted(.pem(certificate: certificate, privateKey: authority.path("named.key"))),
                "the key to it?"
            ),
            (trusted(.pkcs12(p12, passphrase: "wrong")), p12),
            (
                trusted(
                    .pem(certificate: authority.path("locked.pem"), privateKey: locked, passphrase: "wrong")),
                "passphrase"
            ),
            (
                trusted(.pem(certificate: authority.path("locked.pem"), privateKey: locked)), "passphrase"
            ),
        ] {
            let text = await failure(1, security)
            #expect(text.contains(part))
        }
        var security = trusted()
        security.cipherSuites = "none-such"
        #expect(await failure(1, security).contains("none-such"))
    }

    @Test("Certificates that were renewed are read when the connection is made again")
    func renewal() async throws {
        try await broker { port in
            let path = authority.path("changing.pem")
            try authority.write("changing.pem", other.text("ca.pem"))
            var configuration = ClientConfiguration(.tls(host: "127.0.0.1", port: port))
            configuration.security = .tls(trusting: .pem(path))
            let client = MQTTClient(configuration)
            await #expect(throws: ClientError.self) { try await client.connect() }
            try authority.write("changing.pem", authority.text("ca.pem"))
            try await client.connect()
            await client.disconnect()
        }
    }

    @Test("A server without TLS is told from one with a bad certificate")
    func plainServer() async throws {
        try await LiveServer.with { server in
            let port = try #require(server.listeners[0].url.port)
            let text = await failure(port, trusted())
            #expect(text.contains("TLS with the server failed"))
        }
    }

    @Test("ALPN says mqtt, http/1.1 for WebSocket, or what is asked for")
    func applicationProtocols() async throws {
        try await TLSWitness.with(authority) { witness in
            for (address, offered, seen) in [
                (ServerAddress.tls(host: "127.0.0.1", port: witness.port), nil, "mqtt"),
                (.secureWebSocket(host: "127.0.0.1", port: witness.port), nil, "http/1.1"),
                (.tls(host: "127.0.0.1", port: witness.port), ["x-special"], "x-special"),
                (.tls(host: "127.0.0.1", port: witness.port), [], nil),
            ] as [(ServerAddress, [String]?, String?)] {
                var security = trusted()
                security.applicationProtocols = offered
                await #expect(throws: ClientError.self) { try await connect(address, security) }
                #expect(await witness.next() == .some(seen))
            }
        }
    }

    @Test("A key that both sides know takes the place of certificates")
    func preSharedKey() async throws {
        try await TLSWitness.with(authority, preSharedKey: ("meter", [1, 2, 3])) { witness in
            let address = ServerAddress.tls(host: "127.0.0.1", port: witness.port)
            let right = TransportSecurity.tls(preSharedKey: .init(identity: "meter", key: [1, 2, 3]))
            await #expect(throws: ClientError.connectionLost) { try await connect(address, right) }
            #expect(await witness.next() != nil)
            let wrong = TransportSecurity.tls(preSharedKey: .init(identity: "meter", key: [1, 2]))
            #expect(await failure(witness.port, wrong).contains("TLS with the server failed"))
        }
    }
}
