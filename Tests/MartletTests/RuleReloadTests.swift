import Foundation
import MQTTCodec
import Testing

/// Rules of the configuration file in a running broker, and new ones while it works.
@Suite(.timeLimit(.minutes(5))) struct RuleReloadTests {
    private let directory = TemporaryDirectory()

    private func write(_ authorization: String) throws {
        let text = """
            listeners: ["mqtt://127.0.0.1:0"]
            data_directory: \(directory.path)/data
            durability: memory
            authentication: { password_file: \(directory.path)/users }
            authorization:
            \(authorization.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
            """
        try text.write(toFile: directory.path + "/martlet.yaml", atomically: true, encoding: .utf8)
    }

    private func start(_ authorization: String) async throws -> (RunningMartlet, Int) {
        for user in ["anna", "bob", "eve"] {
            let passwd = try RunningMartlet([
                "passwd", "--machine", "-b", directory.path + "/users", user, "secret",
            ])
            #expect(await passwd.exitStatus() == 0)
        }
        try write(authorization)
        let martlet = try RunningMartlet(["serve", "--config", directory.path + "/martlet.yaml"])
        let line = try #require(await martlet.line(with: "listening on"))
        let port = try #require(URL(string: String(line.split(separator: " ").last ?? ""))?.port)
        return (martlet, port)
    }

    private func client(_ port: Int, _ user: MQTTString) async throws -> PacketClient {
        let (code, client) = try await PacketClient.connect(port: port, user, "secret")
        #expect(code == .success)
        return client
    }

    private func end(_ martlet: RunningMartlet) async {
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
    }

    @Test("Rules are taken anew under load: nothing is dropped, nobody notices but who has lost a right")
    func underLoad() async throws {
        let rules = { (role: String, more: Int) in
            """
            roles: { workers: [anna, bob], others: [\(role)] }
            rules:
              - { allow: all, topics: "load/#", roles: workers }
              - { allow: all, topics: "other/#", roles: others }
            """ + (0..<more).map { "\n  - { allow: all, topics: \"more/\($0)\", users: anna }" }.joined()
        }
        let (martlet, port) = try await start(rules("eve", 0))
        let anna = try await client(port, "anna"), bob = try await client(port, "bob")
        let eve = try await client(port, "eve")
        #expect(try await anna.subscribe("load/#") == [.grantedQoS0])
        #expect(try await eve.subscribe("other/#", "load/#") == [.grantedQoS0, .notAuthorized])
        for number in 0..<600 {
            if number.isMultiple(of: 60) {
                // Every third one is wrong, and changes nothing.
                try write(number % 180 == 120 ? "rules: [{ allow: al }]" : rules("eve", number / 60))
                #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
            }
            #expect(try await bob.publish(MQTTString("load/\(number)")) == .success)
        }
        #expect(await martlet.line(with: "files reloaded") != nil)
        #expect(try await eve.subscribe("other/x") == [.grantedQoS0])
        try write(rules("bob", 0))
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        guard case .disconnect(let packet) = try await eve.next() else { throw PacketClient.Ended() }
        #expect(packet.reasonCode == .notAuthorized)
        for number in 0..<600 {
            guard case .publish(let message) = try await anna.next() else { throw PacketClient.Ended() }
            #expect(message.topicName == MQTTString("load/\(number)"))
        }
        #expect(try await bob.publish("other/x") == .noMatchingSubscribers)
        await end(martlet)
    }

    @Test("With subscriptions: filter messages are left out one by one, and new rules count for the next one")
    func filter() async throws {
        let rules = { (secret: String) in
            """
            subscriptions: filter
            rules:
              - { allow: all, topics: "#" }
              - { deny: receive, topics: "house/\(secret)", users: anna }
            """
        }
        let (martlet, port) = try await start(rules("safe"))
        let anna = try await client(port, "anna"), bob = try await client(port, "bob")
        #expect(try await anna.subscribe("house/#", "house/safe") == [.grantedQoS0, .notAuthorized])
        func publishAll() async throws {
            for topic in ["house/safe", "house/attic", "house/kitchen"] as [MQTTString] {
                _ = try await bob.publish(topic)
            }
        }
        func expect(_ topics: MQTTString...) async throws {
            for topic in topics {
                guard case .publish(let message) = try await anna.next() else { throw PacketClient.Ended() }
                #expect(message.topicName == topic)
            }
        }
        try await publishAll()
        try await expect("house/attic", "house/kitchen")
        try write(rules("attic"))
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "files reloaded") != nil)
        try await publishAll()
        try await expect("house/safe", "house/kitchen")
        await end(martlet)
    }

    @Test("All rules may go, and others come, from a file too")
    func noneAndOthers() async throws {
        let (martlet, port) = try await start("rules: [{ allow: all, topics: a }]")
        let anna = try await client(port, "anna")
        #expect(try await anna.publish("b") == .notAuthorized)
        try write("subscriptions: refuse")
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "files reloaded") != nil)
        #expect(try await anna.publish("b") == .noMatchingSubscribers)
        #expect(try await anna.subscribe("house/#") == [.grantedQoS0])
        let file = directory.path + "/acl"
        try "topic x\n".write(toFile: file, atomically: true, encoding: .utf8)
        // What is received is filtered from now on, which it was not before.
        try write(
            "acl_file: \(file)\nsubscriptions: filter\nrules: [{ allow: all, topics: [b, house/attic] }]")
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "authorization.acl_file has changed") != nil)
        #expect(await martlet.line(with: "files reloaded") != nil)
        #expect(try await anna.publish("a") == .notAuthorized)
        #expect(try await anna.publish("b") == .noMatchingSubscribers)
        try "user anna\ntopic y\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(await martlet.line(with: "files reloaded") != nil)
        #expect(try await anna.publish("y") == .noMatchingSubscribers)
        await end(martlet)
    }
}
