import Foundation
import JWTKit
import MQTTCodec
import MQTTScram
import NIOSSL
import Testing

/// `martlet serve` with tokens, SCRAM and listeners with ways of their own, as clients see it.
@Suite(.timeLimit(.minutes(5))) struct LoginServeTests {
    private let directory = TemporaryDirectory()
    private static let secret = String(repeating: "s", count: 40)

    private struct Claims: JWTPayload {
        var sub: String
        var exp: Int
        var roles: [String]?

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    private static func token(_ user: String, seconds: Int, roles: [String]? = nil) async throws -> String {
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        let now = Int(Date().timeIntervalSince1970)
        return try await keys.sign(Claims(sub: user, exp: now + seconds, roles: roles))
    }

    private func write(_ name: String, _ text: String) throws -> String {
        let path = directory.path + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func passwd(_ arguments: String...) async throws {
        let martlet = try RunningMartlet(["passwd"] + arguments)
        #expect(await martlet.exitStatus() == 0)
    }

    private func serve(_ configuration: String, _ listen: String...) throws -> RunningMartlet {
        let file = try write(
            "martlet.yaml", "data_directory: \(directory.path)/data\ndurability: memory\n" + configuration)
        return try RunningMartlet(["serve", "--config", file] + listen.flatMap { ["--listen", $0] })
    }

    private func port(of martlet: RunningMartlet) async throws -> Int {
        let line = try #require(await martlet.line(with: "listening on"))
        return try #require(URL(string: String(line.split(separator: " ").last ?? ""))?.port)
    }

    private func end(_ martlet: RunningMartlet) async {
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
    }

    private func expectDisconnect(_ client: PacketClient, _ reason: ReasonCode) async throws {
        guard case .disconnect(let packet) = try await client.next() else { throw PacketClient.Ended() }
        #expect(packet.reasonCode == reason)
    }

    @Test("A token is a password, carries roles, and ends the connection when it expires")
    func tokens() async throws {
        let secret = try write("secret", Self.secret)
        let martlet = try serve(
            """
            authentication: { jwt: { secret_file: \(secret) } }
            authorization: { rules: [{ allow: all, topics: "own/%u/#", roles: devices }] }
            """, "mqtt://127.0.0.1:0")
        let port = try await port(of: martlet)
        let short = try await Self.token("anna", seconds: 20, roles: ["devices"])
        let (code, anna) = try await PacketClient.connect(port: port, "x", short)
        #expect(code == .success)
        #expect(try await anna.subscribe("own/anna/#", "own/bob/#") == [.grantedQoS0, .notAuthorized])
        let (plain, bob) = try await PacketClient.connect(
            port: port, "x", try await Self.token("bob", seconds: 600))
        #expect(plain == .success)
        #expect(try await bob.publish("own/bob/a") == .notAuthorized)
        let old = try await Self.token("anna", seconds: -1)
        #expect(try await PacketClient.connect(port: port, "anna", old).0 == .notAuthorized)
        #expect(try await PacketClient.connect(port: port, "anna", short + "x").0 == .badUserNameOrPassword)
        #expect(try await PacketClient.connect(port: port, "anna", "password").0 == .badUserNameOrPassword)
        #expect(try await PacketClient.connect(port: port, nil, nil).0 == .notAuthorized)
        try await expectDisconnect(anna, .maximumConnectTime)
        // A key that is gone takes with it whom it has let in.
        _ = try write("secret", String(repeating: "n", count: 40))
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        try await expectDisconnect(bob, .notAuthorized)
        await end(martlet)
    }

    @Test("A new token on the same connection puts its end off")
    func renewedToken() async throws {
        let martlet = try serve(
            "authentication: { jwt: { secret_file: \(try write("secret", Self.secret)) } }",
            "mqtt://127.0.0.1:0")
        let client = try await PacketClient.open(port: try await port(of: martlet))
        func properties(_ seconds: Int) async throws -> Properties {
            [
                .authenticationMethod("JWT"),
                .authenticationData(Array(try await Self.token("anna", seconds: seconds).utf8)),
            ]
        }
        try await client.send(
            .connect(Connect(version: .v5, clientIdentifier: "c", properties: try await properties(15))))
        guard case .connack(let connack) = try await client.next() else { throw PacketClient.Ended() }
        #expect(connack.reasonCode == .success)
        try await client.send(
            .auth(Auth(reasonCode: .reauthenticate, properties: try await properties(20))))
        guard case .auth(let auth) = try await client.next() else { throw PacketClient.Ended() }
        #expect(auth.reasonCode == .success)
        try await client.send(
            .auth(
                Auth(
                    reasonCode: .reauthenticate,
                    properties: [.authenticationMethod("JWT"), .authenticationData([1])])))
        try await expectDisconnect(client, .notAuthorized)
        await end(martlet)
    }

    /// CONNECT, or AUTH 0x19, to the end of the exchange. Returns the code that ended it.
    private func scram(
        _ client: PacketClient, _ user: String, _ password: String, again: Bool = false
    ) async throws -> ReasonCode {
        var exchange = ScramClient(userName: Array(user.utf8), password: Array(password.utf8))
        let method = Property.authenticationMethod(MQTTString(ScramSHA256.method))
        let first: Properties = [method, .authenticationData(try exchange.clientFirst())]
        if again {
            try await client.send(.auth(Auth(reasonCode: .reauthenticate, properties: first)))
        } else {
            try await client.send(
                .connect(Connect(version: .v5, clientIdentifier: MQTTString("s-\(user)"), properties: first)))
        }
        while true {
            switch try await client.next() {
            case .auth(let auth) where auth.reasonCode == .continueAuthentication:
                let answer = try exchange.received(serverFirst: auth.properties.authenticationData ?? [])
                try await client.send(
                    .auth(
                        Auth(
                            reasonCode: .continueAuthentication,
                            properties: [method, .authenticationData(answer)])))
            case .auth(let auth):
                try exchange.received(serverFinal: auth.properties.authenticationData ?? [])
                #expect(exchange.isVerified)
                return auth.reasonCode
            case .connack(let connack):
                if connack.reasonCode == .success {
                    try exchange.received(serverFinal: connack.properties.authenticationData ?? [])
                    #expect(exchange.isVerified)
                }
                return connack.reasonCode
            case .disconnect(let packet): return packet.reasonCode
            default: throw PacketClient.Ended()
            }
        }
    }

    @Test(
        "SCRAM-SHA-256 over TCP and TLS: in, again, refused, and out when the password changes",
        arguments: ["mqtt", "mqtts"])
    func scram(scheme: String) async throws {
        let users = directory.path + "/users"
        try await passwd("--machine", "--scram", "-b", users, "anna", "secret")
        try await passwd("--machine", "-b", users, "bob", "secret")
        var settings = "authentication: { password_file: \(users) }\n"
        var tls: NIOSSLContext?
        if scheme == "mqtts" {
            let broker = directory.path + "/broker"
            let setup = try RunningMartlet(["setup", broker, "--user", "x", "--password", "y"], input: "")
            #expect(await setup.exitStatus() == 0)
            settings += "tls: { certificate: \(broker)/server.pem, private_key: \(broker)/server.key }\n"
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(broker)/ca.pem"))
            tls = try NIOSSLContext(configuration: configuration)
        }
        let martlet = try serve(settings, "\(scheme)://127.0.0.1:0")
        let port = try await port(of: martlet)
        let anna = try await PacketClient.open(port: port, tls: tls)
        #expect(try await scram(anna, "anna", "secret") == .success)
        #expect(try await anna.subscribe("a") == [.grantedQoS0])
        #expect(try await scram(anna, "anna", "secret", again: true) == .success)
        for (user, password) in [("anna", "wrong"), ("bob", "secret"), ("eve", "secret")] {
            let client = try await PacketClient.open(port: port, tls: tls)
            #expect(try await scram(client, user, password) == .badUserNameOrPassword)
        }
        let other = try await PacketClient.open(port: port, tls: tls)
        #expect(try await scram(other, "anna", "secret") == .success)
        try await expectDisconnect(anna, .sessionTakenOver)
        #expect(try await scram(other, "anna", "wrong", again: true) == .notAuthorized)
        let last = try await PacketClient.open(port: port, tls: tls)
        #expect(try await scram(last, "anna", "secret") == .success)
        // Who has a verifier keeps having one.
        try await passwd("--machine", "-b", users, "anna", "new")
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        try await expectDisconnect(last, .notAuthorized)
        let new = try await PacketClient.open(port: port, tls: tls)
        #expect(try await scram(new, "anna", "new") == .success)
        await end(martlet)
    }

    @Test("Each listener lets in by its own ways; a way without its settings is an error")
    func listeners() async throws {
        let users = directory.path + "/users"
        try await passwd("--machine", "-b", users, "anna", "secret")
        let martlet = try serve(
            """
            listeners:
              - { url: "mqtt://127.0.0.1:0", authentication: [password] }
              - { url: "mqtt://0.0.0.0:0", authentication: anonymous }
            authentication: { password_file: \(users), methods: [anonymous, password] }
            """)
        let closed = try await port(of: martlet), open = try await port(of: martlet)
        #expect(try await PacketClient.connect(port: closed, nil, nil).0 == .notAuthorized)
        #expect(try await PacketClient.connect(port: closed, "anna", "secret").0 == .success)
        #expect(try await PacketClient.connect(port: open, nil, nil).0 == .success)
        #expect(try await PacketClient.connect(port: open, "anna", "secret").0 == .badUserNameOrPassword)
        await end(martlet)
        let wrong = try serve(
            """
            listeners: [{ url: "mqtt://127.0.0.1:0", authentication: [jwt, paswords] }]
            authentication: { methods: [http] }
            """)
        #expect(await wrong.line(with: "did you mean password?") != nil)
        #expect(await wrong.line(with: "authentication.http.url") != nil)
        #expect(await wrong.exitStatus() == 78)
    }
}
