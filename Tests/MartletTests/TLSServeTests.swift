import Foundation
import MQTTCodec
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// Listeners with TLS and what `martlet setup` made for them, as clients see it.
@Suite(.timeLimit(.minutes(1))) struct TLSServeTests {
    private let directory = TemporaryDirectory()

    private var broker: String { directory.path + "/broker" }

    private func run(_ arguments: String...) async throws {
        let martlet = try RunningMartlet(arguments, input: "")
        #expect(await martlet.exitStatus() == 0)
    }

    private func setUp() async throws {
        try await run("setup", broker, "--user", "anna", "--password", "one")
    }

    private func serve(
        _ arguments: String..., listen: String = "mqtts://127.0.0.1:0", environment: [String: String] = [:]
    ) throws -> RunningMartlet {
        try RunningMartlet(
            ["serve", "--config", "\(broker)/martlet.yaml", "--listen", listen] + arguments,
            environment: environment)
    }

    private func port(of martlet: RunningMartlet) async throws -> Int {
        let line = try #require(await martlet.line(with: "listening on"))
        let url = try #require(line.split(separator: " ").last)
        return try #require(URL(string: String(url))?.port)
    }

    private func end(_ martlet: RunningMartlet) async {
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
    }

    /// A client's side that trusts the authority; `certificate` is the name of files.
    private func client(
        trusting authority: String = "ca.pem", certificate: String? = nil, latest: TLSVersion = .tlsv13
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(broker)/\(authority)"))
        configuration.maximumTLSVersion = latest
        if let certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile("\(broker)/\(certificate).pem")
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(file: "\(broker)/\(certificate).key", format: .pem))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// Whether the connection ended without CONNACK.
    private func isTurnedAway(_ port: Int, _ tls: NIOSSLContext?) async -> Bool {
        do {
            _ = try await PacketClient.connect(port: port, "anna", "one", tls: tls)
            return false
        } catch {
            return true
        }
    }

    @Test("Users come in over TLS 1.2 and 1.3 by their passwords")
    func passwords() async throws {
        try await setUp()
        let martlet = try serve()
        let port = try await port(of: martlet)
        for latest in [TLSVersion.tlsv12, .tlsv13] {
            let tls = try client(latest: latest)
            let (code, client) = try await PacketClient.connect(port: port, "anna", "one", tls: tls)
            #expect(code == .success)
            #expect(try await client.subscribe("a") == [.grantedQoS0])
            #expect(
                try await PacketClient.connect(port: port, "anna", "two", tls: tls).0
                    == .badUserNameOrPassword)
            #expect(try await PacketClient.connect(port: port, nil, nil, tls: tls).0 == .notAuthorized)
        }
        #expect(await isTurnedAway(port, try client(latest: .tlsv11)))
        #expect(await martlet.line(with: "UNSUPPORTED_PROTOCOL") != nil)
        await end(martlet)
    }

    @Test("The minimum version is kept")
    func minimumVersion() async throws {
        try await setUp()
        let martlet = try serve(environment: ["MARTLET_TLS_MINIMUM_VERSION": "1.3"])
        let port = try await port(of: martlet)
        #expect(await isTurnedAway(port, try client(latest: .tlsv12)))
        #expect(try await PacketClient.connect(port: port, "anna", "one", tls: client()).0 == .success)
        await end(martlet)
    }

    @Test("A client's certificate is its user name, whatever name it sends, and rules are about that name")
    func certificates() async throws {
        try await setUp()
        try await run("cert", "client", "dev", "--directory", broker)
        try "user dev\ntopic dev/#\nuser anna\ntopic #\n".write(
            toFile: "\(broker)/acl.txt", atomically: true, encoding: .utf8)
        let martlet = try serve()
        let port = try await port(of: martlet)
        let (code, client) = try await PacketClient.connect(
            port: port, "anna", "wrong", tls: client(certificate: "dev"))
        #expect(code == .success)
        #expect(try await client.subscribe("dev/a", "other") == [.grantedQoS0, .notAuthorized])
        #expect(await martlet.line(with: "client connected")?.contains("user=dev") == true)
        await end(martlet)
    }

    @Test(
        "A certificate of another authority, or none where one is required, is turned away, with the reason")
    func refusedCertificates() async throws {
        try await setUp()
        try await run("setup", directory.path + "/other")
        try await run("cert", "client", "dev", "--directory", directory.path + "/other")
        for name in ["dev.pem", "dev.key"] {
            try FileManager.default.copyItem(
                atPath: directory.path + "/other/\(name)", toPath: "\(broker)/\(name)")
        }
        try await run("cert", "client", "right", "--directory", broker)
        let martlet = try serve(environment: ["MARTLET_TLS_CLIENT_CERTIFICATES": "required"])
        let port = try await port(of: martlet)
        #expect(await isTurnedAway(port, try client(certificate: "dev")))
        #expect(await martlet.line(with: "the client's certificate is not accepted") != nil)
        #expect(await isTurnedAway(port, try client()))
        #expect(await martlet.line(with: "showed no certificate") != nil)
        let right = try client(certificate: "right")
        #expect(try await PacketClient.connect(port: port, nil, nil, tls: right).0 == .success)
        await end(martlet)
    }

    @Test("A plain client at a listener with TLS, and the reverse, get a line that says so")
    func mixedUp() async throws {
        try await setUp()
        let secure = try serve()
        #expect(await isTurnedAway(try await port(of: secure), nil))
        #expect(await secure.line(with: "a client without TLS came to a listener with TLS") != nil)
        await end(secure)
        let plain = try serve(listen: "mqtt://127.0.0.1:0")
        #expect(await isTurnedAway(try await port(of: plain), try client()))
        #expect(await plain.line(with: "a client with TLS came to a listener without TLS") != nil)
        await end(plain)
    }

    @Test("Who does not shake hands in time is cut off, and holds up nobody")
    func slowHandshake() async throws {
        try await setUp()
        let martlet = try serve(environment: ["MARTLET_TLS_HANDSHAKE_TIME": "3s"])
        let port = try await port(of: martlet)
        let channels = try await withThrowingTaskGroup(of: (any Channel).self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .connect(host: "127.0.0.1", port: port).get()
                    // The beginning of a handshake.
                    try await channel.writeAndFlush(ByteBuffer(bytes: [22, 3, 1]))
                    return channel
                }
            }
            return try await group.reduce(into: [any Channel]()) { $0.append($1) }
        }
        #expect(try await PacketClient.connect(port: port, "anna", "one", tls: client()).0 == .success)
        for channel in channels { try await channel.closeFuture.get() }
        #expect(await martlet.line(with: "took too long") != nil)
        await end(martlet)
    }

    @Test("A listener with TLS needs a certificate, and its files must be right")
    func problems() async throws {
        let none = try RunningMartlet(["serve", "--listen", "mqtts://127.0.0.1:0"])
        #expect(await none.line(with: "needs tls.certificate")?.contains("martlet setup") == true)
        #expect(await none.exitStatus() == 64)
        try await setUp()
        let wrong = try serve("--private-key", "\(broker)/ca.key")
        #expect(await wrong.line(with: "is \(broker)/ca.key the key to it?") != nil)
        #expect(await wrong.exitStatus() == 78)
        let missing = try serve("--certificate", "\(broker)/none.pem")
        #expect(await missing.line(with: "none.pem: there is no such file") != nil)
        #expect(await missing.exitStatus() == 78)
    }

    @Test("A key that others may read is warned of")
    func readableKey() async throws {
        try await setUp()
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: "\(broker)/server.key")
        let martlet = try serve()
        #expect(await martlet.line(with: "chmod 600 \(broker)/server.key") != nil)
        #expect(await martlet.line(with: "listening on") != nil)
        await end(martlet)
    }

    @Test("A renewed certificate is taken without a signal, and no connection drops")
    func renewed() async throws {
        try await setUp()
        let martlet = try serve()
        let port = try await port(of: martlet)
        let (_, client) = try await PacketClient.connect(port: port, "anna", "one", tls: client())
        try await run("cert", "renew", "--directory", broker, "--name", "new.example")
        #expect(await martlet.line(with: "files reloaded")?.contains("certificate=new") == true)
        #expect(try await client.subscribe("a") == [.grantedQoS0])
        #expect(try await PacketClient.connect(port: port, "anna", "one", tls: self.client()).0 == .success)
        await end(martlet)
    }

    @Test("Another authority for clients: exactly those leave whose certificate it has not made")
    func newAuthority() async throws {
        try await setUp()
        try await run("cert", "client", "dev", "--directory", broker)
        try await run("setup", directory.path + "/other")
        try await run("cert", "client", "foreign", "--directory", directory.path + "/other")
        for name in ["foreign.pem", "foreign.key"] {
            try FileManager.default.copyItem(
                atPath: directory.path + "/other/\(name)", toPath: "\(broker)/\(name)")
        }
        let own = try String(contentsOfFile: "\(broker)/ca.pem", encoding: .utf8)
        let other = try String(contentsOfFile: directory.path + "/other/ca.pem", encoding: .utf8)
        let clients = "\(broker)/clients.pem"
        try (own + other).write(toFile: clients, atomically: true, encoding: .utf8)
        let martlet = try serve(
            environment: ["MARTLET_TLS_CLIENT_CA": clients, "MARTLET_TLS_CRL": "none"])
        let port = try await port(of: martlet)
        let (_, anna) = try await PacketClient.connect(port: port, "anna", "one", tls: client())
        let (_, device) = try await PacketClient.connect(
            port: port, nil, nil, tls: client(certificate: "dev"))
        let (_, foreign) = try await PacketClient.connect(
            port: port, nil, nil, tls: client(certificate: "foreign"))
        try other.write(toFile: clients, atomically: true, encoding: .utf8)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        guard case .disconnect(let packet) = try await device.next() else { throw PacketClient.Ended() }
        #expect(packet.reasonCode == .notAuthorized)
        #expect(await martlet.line(with: "files reloaded")?.contains("certificates-refused=1") == true)
        #expect(try await anna.subscribe("a") == [.grantedQoS0])
        #expect(try await foreign.subscribe("a") == [.notAuthorized])
        #expect(await isTurnedAway(port, try client(certificate: "dev")))
        #expect(await martlet.line(with: "does not come from an authority that is trusted") != nil)
        await end(martlet)
    }

    @Test("A certificate that is taken back: its client leaves and stays out, all others notice nothing")
    func revoked() async throws {
        try await setUp()
        for name in ["lost", "kept"] { try await run("cert", "client", name, "--directory", broker) }
        let martlet = try serve()
        let port = try await port(of: martlet)
        let (_, anna) = try await PacketClient.connect(port: port, "anna", "one", tls: client())
        let (_, lost) = try await PacketClient.connect(port: port, nil, nil, tls: client(certificate: "lost"))
        let (_, kept) = try await PacketClient.connect(port: port, nil, nil, tls: client(certificate: "kept"))
        try await run("cert", "revoke", "lost", "--directory", broker)
        // Nobody says that it has changed.
        #expect(await martlet.line(with: "files reloaded")?.contains("certificates-refused=1") == true)
        guard case .disconnect(let packet) = try await lost.next() else { throw PacketClient.Ended() }
        #expect(packet.reasonCode == .notAuthorized)
        #expect(try await anna.subscribe("a") == [.grantedQoS0])
        #expect(try await kept.subscribe("a") == [.notAuthorized])
        #expect(await isTurnedAway(port, try client(certificate: "lost")))
        #expect(await martlet.line(with: "it has been revoked")?.contains("address=127.0.0.1:") == true)
        #expect(
            try await PacketClient.connect(port: port, nil, nil, tls: client(certificate: "kept")).0
                == .success)
        await end(martlet)
    }

    @Test("A client whose certificate is taken back before it has sent CONNECT does not come in either")
    func revokedBeforeConnect() async throws {
        try await setUp()
        try await run("cert", "client", "lost", "--directory", broker)
        let martlet = try serve()
        let port = try await port(of: martlet)
        let tls = try client(certificate: "lost")
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: tls, serverHostname: "localhost"))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        // The first byte of CONNECT: with the next ones it would be whole.
        try await channel.writeAndFlush(ByteBuffer(bytes: [0x10]))
        try await run("cert", "revoke", "lost", "--directory", broker)
        try await channel.closeFuture.get()
        #expect(await martlet.line(with: "the client's right to connect has changed") != nil)
        await end(martlet)
    }

    @Test("A list that is wrong keeps the old one in force, and the log says why")
    func wrongLists() async throws {
        try await setUp()
        try await run("cert", "client", "lost", "--directory", broker)
        try await run("cert", "revoke", "lost", "--directory", broker)
        try await run("setup", directory.path + "/other")
        let right = try String(contentsOfFile: "\(broker)/crl.pem", encoding: .utf8)
        let foreign = try String(contentsOfFile: directory.path + "/other/crl.pem", encoding: .utf8)
        let martlet = try serve()
        let port = try await port(of: martlet)
        // In the middle of the first line. The foreign authority has the name of ours, and another key.
        var forged = Array(right)
        let place = try #require(forged.firstIndex(of: "\n")) + 30
        forged[place] = forged[place] == "A" ? "B" : "A"
        for (text, reason) in [
            (String(forged), "crl.pem: is"), (foreign, "whose signature is wrong"),
            ("-----BEGIN", "is no certificate revocation"), ("", "is no certificate revocation"),
        ] {
            try text.write(toFile: "\(broker)/crl.pem", atomically: true, encoding: .utf8)
            #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
            // Whoever comes first, the signal or the watch.
            #expect(await martlet.line(with: reason)?.contains("stay as they were") == true)
            #expect(await isTurnedAway(port, try client(certificate: "lost")))
        }
        await end(martlet)
        let wrong = try serve()
        #expect(await wrong.line(with: "crl.pem: is no certificate revocation list") != nil)
        #expect(await wrong.exitStatus() == 78)
    }
}
