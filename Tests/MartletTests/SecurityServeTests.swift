import Foundation
import MQTTCodec
import NIOCore
import Testing

/// `martlet serve` with users and rules, as clients see it.
@Suite(.timeLimit(.minutes(1))) struct SecurityServeTests {
    private let directory = TemporaryDirectory()

    private func write(_ name: String, _ text: String) throws -> String {
        let path = directory.path + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func users(_ passwords: [String: String]) async throws -> String {
        let path = directory.path + "/users"
        for (user, password) in passwords.sorted(by: { $0.key < $1.key }) {
            let martlet = try RunningMartlet(["passwd", "--machine", "-b", path, user, password])
            #expect(await martlet.exitStatus() == 0)
        }
        return path
    }

    private func serve(_ arguments: String...) throws -> RunningMartlet {
        try RunningMartlet(
            ["serve", "--data", directory.path + "/data", "--listen", "mqtt://127.0.0.1:0"] + arguments)
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

    @Test("Users come in by their passwords, and the log has the address, never the password")
    func passwords() async throws {
        let martlet = try serve("--password-file", try await users(["anna": "one-secret"]))
        let port = try await port(of: martlet)
        #expect(try await PacketClient.connect(port: port, "anna", "one-secret").0 == .success)
        #expect(try await PacketClient.connect(port: port, "anna", "two-secret").0 == .badUserNameOrPassword)
        #expect(try await PacketClient.connect(port: port, "eve", "one-secret").0 == .badUserNameOrPassword)
        #expect(try await PacketClient.connect(port: port, nil, nil).0 == .notAuthorized)
        martlet.process.terminate()
        let lines = await martlet.restOfLines()
        #expect(lines.contains { $0.contains("client refused") && $0.contains("address=127.0.0.1:") })
        #expect(lines.contains { $0.contains("user=eve") })
        #expect(!lines.contains { $0.contains("-secret") })
    }

    @Test("What no rule allows is refused: 0x87 in SUBACK and PUBACK, and for a will in CONNACK")
    func rules() async throws {
        let rules = try write("acl", "user anna\ntopic read in/#\ntopic write out/+\n")
        let martlet = try serve(
            "--password-file", try await users(["anna": "one"]), "--acl-file", rules)
        let port = try await port(of: martlet)
        let (code, client) = try await PacketClient.connect(port: port, "anna", "one")
        #expect(code == .success)
        let codes = try await client.subscribe("in/#", "in/a", "out/a", "#", "$SYS/#")
        #expect(codes == [.grantedQoS0, .grantedQoS0, .notAuthorized, .notAuthorized, .notAuthorized])
        #expect(try await client.publish("out/a") == .noMatchingSubscribers)
        #expect(try await client.publish("out/a/b") == .notAuthorized)
        #expect(try await client.publish("in/a") == .notAuthorized)
        #expect(try await PacketClient.connect(port: port, "anna", "one", will: "in/a").0 == .notAuthorized)
        #expect(try await PacketClient.connect(port: port, "anna", "one", will: "out/a").0 == .success)
        await end(martlet)
    }

    @Test("With rules but without passwords nobody can claim a name")
    func rulesWithoutUsers() async throws {
        let rules = try write("acl", "topic read a\nuser anna\ntopic #\n")
        let martlet = try serve("--acl-file", rules)
        let port = try await port(of: martlet)
        #expect(try await PacketClient.connect(port: port, "anna", "x").0 == .badUserNameOrPassword)
        let (code, client) = try await PacketClient.connect(port: port, nil, nil)
        #expect(code == .success)
        #expect(try await client.subscribe("a", "b") == [.grantedQoS0, .notAuthorized])
        await end(martlet)
    }

    @Test("SIGHUP: changed users and rules count at once; who lost something leaves with 0x87, others stay")
    func reloads() async throws {
        let users = try await users(["anna": "one", "bob": "two", "cy": "three"])
        let rules = try write("acl", "pattern readwrite #\n")
        let martlet = try serve("--password-file", users, "--acl-file", rules)
        let port = try await port(of: martlet)
        let anna = try await PacketClient.connect(port: port, "anna", "one").1
        let bob = try await PacketClient.connect(port: port, "bob", "two").1
        let cy = try await PacketClient.connect(port: port, "cy", "three").1
        #expect(try await cy.subscribe("secret/#") == [.grantedQoS0])
        #expect(try await anna.subscribe("house/#") == [.grantedQoS0])

        let change = try RunningMartlet(["passwd", "--machine", "-b", users, "bob", "new"])
        #expect(await change.exitStatus() == 0)
        try "pattern readwrite house/#\n".write(toFile: rules, atomically: true, encoding: .utf8)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        for client in [bob, cy] {
            guard case .disconnect(let packet) = try await client.next() else { throw PacketClient.Ended() }
            #expect(packet.reasonCode == .notAuthorized)
        }
        #expect(try await anna.publish("secret/a") == .notAuthorized)
        #expect(try await anna.subscribe("house/a") == [.grantedQoS0])
        #expect(try await PacketClient.connect(port: port, "bob", "two").0 == .badUserNameOrPassword)
        #expect(try await PacketClient.connect(port: port, "bob", "new").0 == .success)
        await end(martlet)
    }

    @Test("A wrong file changes nothing, not even what is right in the other; a right one is taken by itself")
    func wrongReload() async throws {
        let users = try await users(["anna": "one"])
        let rules = try write("acl", "pattern readwrite #\n")
        let martlet = try serve("--password-file", users, "--acl-file", rules)
        let port = try await port(of: martlet)
        let anna = try await PacketClient.connect(port: port, "anna", "one").1
        try "topik x\n".write(toFile: rules, atomically: true, encoding: .utf8)
        let deletion = try RunningMartlet(["passwd", "-D", users, "anna"])
        #expect(await deletion.exitStatus() == 0)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "acl:1: 'topik'")?.contains("error") == true)
        #expect(try await anna.publish("a") == .noMatchingSubscribers)
        #expect(try await PacketClient.connect(port: port, "anna", "one").0 == .success)
        try "pattern readwrite #\n".write(toFile: rules, atomically: true, encoding: .utf8)
        #expect(await martlet.line(with: "files reloaded")?.contains("users-revoked=1") == true)
        guard case .disconnect(let packet) = try await anna.next() else { throw PacketClient.Ended() }
        #expect(packet.reasonCode == .notAuthorized)
        await end(martlet)
    }

    @Test("A listener for other machines may start with a password file, with a warning about clear text")
    func reachable() async throws {
        let martlet = try RunningMartlet([
            "serve", "--data", directory.path + "/data", "--listen", "mqtt://0.0.0.0:0", "--password-file",
            try await users(["anna": "one"]),
        ])
        #expect(await martlet.line(with: "clear text") != nil)
        #expect(await martlet.line(with: "listening on") != nil)
        await end(martlet)
    }

    @Test("A file that is wrong or not there: 78, with its line")
    func wrongFiles() async throws {
        let plain = try serve("--password-file", try write("plain", "anna:one\n"))
        #expect(await plain.line(with: "plain:1: user 'anna'") != nil)
        #expect(await plain.exitStatus() == 78)
        let rules = try serve("--acl-file", try write("acl", "\ntopik a\n"))
        #expect(await rules.line(with: "acl:2: 'topik'") != nil)
        #expect(await rules.exitStatus() == 78)
        let none = try serve("--acl-file", directory.path + "/none")
        #expect(await none.line(with: "No such file") != nil)
        #expect(await none.exitStatus() == 78)
    }
}
