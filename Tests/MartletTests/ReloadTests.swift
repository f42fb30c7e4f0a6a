import Foundation
import Logging
import MQTTCodec
import Testing

@testable import martlet

@Suite(.timeLimit(.minutes(2))) struct ReloadTests {
    private let directory = TemporaryDirectory()

    @Test("SIGHUP takes what needs no restart, names what does, and takes nothing if anything is wrong")
    func hangUp() async throws {
        let file = directory.path + "/martlet.yaml"
        func write(_ text: String, topic: String = "a") throws {
            try """
            listeners: ["mqtt://127.0.0.1:0"]
            data_directory: \(directory.path)/d
            authorization: { rules: [{ allow: all, topics: \(topic) }] }
            \(text)
            """.write(toFile: file, atomically: true, encoding: .utf8)
        }
        try write("")
        let martlet = try RunningMartlet(["serve", "--config", file, "--admin", "http://127.0.0.1:0"])
        let line = try #require(await martlet.line(with: "administration on"))
        let url = String(try #require(line.split(separator: " ").last))
        let made = try RunningMartlet([
            "ctl", "token", "create", "me", "--role", "admin", "--data", "\(directory.path)/d",
        ])
        #expect(await made.exitStatus() == 0)
        let secret = made.output().trimmingCharacters(in: .whitespacesAndNewlines)
        let environment = ["MARTLET_CTL_URL": url, "MARTLET_CTL_TOKEN": secret]
        func ctl(_ arguments: String...) async throws -> (Int32?, String) {
            let run = try RunningMartlet(["ctl"] + arguments, environment: environment)
            return (await run.exitStatus(), run.output())
        }
        let first = try await ctl("config", "pending")
        #expect(first.0 == 0 && first.1.contains("Nothing is otherwise."), "\(first)")
        try write("limits:\n  queue_messages: 7\n  connections: 0\nlog:\n  level: debug\n")
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "stay as they were") != nil)
        #expect(try await ctl("config").1.contains("log.level"))
        #expect(try await ctl("config", "pending").0 == 1)
        try write("limits:\n  queue_messages: 7\nlog:\n  level: debug\ntransport:\n  linger_time: 1s\n")
        let pending = try await ctl("config", "pending", "--json").1
        #expect(pending.contains("\"limits.queue_messages\"") && pending.contains("\"wanted\":\"7\""))
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "transport.linger_time has changed, which takes a restart") != nil)
        #expect(await martlet.line(with: "configuration reloaded") != nil)
        // What explains the rules knows those that count now, wherever they stand.
        #expect(try await ctl("rules", "explain", "publish", "b").0 == 1)
        try write(
            "limits:\n  queue_messages: 7\nlog:\n  level: debug\ntransport:\n  linger_time: 1s\n", topic: "b")
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "authorization.rules has changed") != nil)
        #expect(await martlet.line(with: "configuration reloaded") != nil)
        #expect(try await ctl("rules", "explain", "publish", "b").0 == 0)
        let left = try await ctl("config", "pending", "--json").1
        #expect(left.contains("transport.linger_time") && !left.contains("queue_messages"))
        #expect(try await ctl("log-level").1.contains("clients   debug"))
        #expect(try await ctl("log-level", "clients", "error").0 == 0)
        #expect(try await ctl("log-level").1.contains("clients   error"))
        #expect(try await ctl("log-level", "clients", "loud").0 == 1)
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
    }

    @Test(
        "Users, rules and settings are one reload: with a wrong one of them nothing is taken, on every event loop"
    )
    func oneReload() async throws {
        let (file, users) = (directory.path + "/martlet.yaml", directory.path + "/users")
        func write(_ messages: Int, _ topic: String, port: String = "0") throws {
            try """
            listeners: [{ url: "mqtt://127.0.0.1:0", maximum_connections: \(messages + 8) }]
            durability: memory
            shards: 2
            data_directory: \(directory.path)/d
            authentication: { password_file: \(users) }
            authorization: { rules: [{ allow: all, topics: [\(topic)] }] }
            limits: { subscriptions_per_session: \(messages) }
            audit: { file: \(directory.path)/audit }
            """.write(toFile: file, atomically: true, encoding: .utf8)
        }
        func addUsers(_ names: String...) async throws {
            for name in names {
                let passwd = try RunningMartlet(["passwd", "--machine", "-b", users, name, "secret"])
                #expect(await passwd.exitStatus() == 0)
            }
        }
        try await addUsers("anna", "bob")
        try write(1, "a")
        let martlet = try RunningMartlet(["serve", "--config", file])
        let line = try #require(await martlet.line(with: "listening on"))
        let port = try #require(URL(string: String(line.split(separator: " ").last ?? ""))?.port)
        // One on each event loop.
        var clients: [PacketClient] = []
        for user in ["anna", "bob"] as [MQTTString] {
            let (code, client) = try await PacketClient.connect(port: port, user, "secret")
            #expect(code == .success)
            clients.append(client)
        }
        for client in clients {
            #expect(try await client.subscribe("a") == [.grantedQoS0])
            #expect(try await client.subscribe("b") == [.notAuthorized])
        }
        let good = try String(contentsOfFile: users, encoding: .utf8)
        try write(2, "a, b")
        try "anna:plain\n".write(toFile: users, atomically: true, encoding: .utf8)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "stay as they were")?.contains(users) == true)
        for client in clients { #expect(try await client.subscribe("b") == [.notAuthorized]) }
        try good.write(toFile: users, atomically: true, encoding: .utf8)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(
            await martlet.line(with: "listeners[0].maximum_connections has changed")?.contains("restart")
                == false)
        #expect(await martlet.line(with: "authorization.rules has changed") != nil)
        #expect(await martlet.line(with: "configuration reloaded") != nil)
        for client in clients {
            #expect(try await client.subscribe("b") == [.grantedQoS0])
            #expect(try await client.subscribe("a", "b") == [.grantedQoS0, .grantedQoS0])
        }
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
        let audit = try String(contentsOfFile: directory.path + "/audit", encoding: .utf8)
        #expect(audit.contains("nothing, for something is wrong"))
        #expect(audit.contains("limits.subscriptions_per_session: 1 -> 2"))
    }

    @Test("Every setting is either taken while the broker runs, or said to need a restart")
    func partition() {
        let live = Settings.all.map(\.path).filter { !ConfigurationChanges.needsRestart($0) }
        #expect(live.contains("limits.queue_messages") && live.contains("log.level"))
        #expect(!live.contains("limits.packet_size") && !live.contains("offer.maximum_qos"))
        #expect(live.contains("offer.redirection.server_reference") && !live.contains("shards"))
        #expect(live.contains("tls.certificate") && live.contains("authentication.password_file"))
        #expect(live.contains("defence.ban_time") && !live.contains("defence.remembered"))
    }

    @Test("More lines of one message than the burst are counted, and told afterwards")
    func repeats() {
        var repeats = LogRepeats(burst: 2)
        func lines(_ message: String, _ time: Int64) -> [LogOutput.Line] {
            repeats.admit(message, at: Timestamp(milliseconds: 1_000_000 + time))
        }
        #expect(lines("a", 0) == [.event] && lines("a", 1) == [.event])
        #expect(lines("a", 2) == [] && lines("a", 3) == [] && lines("b", 4) == [.event])
        #expect(lines("b", 10_001) == [.repeated("a", 2), .event])
        #expect(lines("a", 10_002) == [.event])
    }

    @Test("Each area has a level of its own, and a logger may want less on top")
    func levels() {
        let output = LogOutput(level: .info, format: .text)
        var clients = Logger(label: "x") { StandardErrorLogHandler(label: $0, output: output) }
        let server = clients
        clients[metadataKey: "area"] = "clients"
        output.set(.debug, of: .clients)
        #expect(clients.logLevel == .debug && server.logLevel == .info)
        clients.logLevel = .error
        #expect(clients.logLevel == .error)
    }

    @Test("Where standard error is the journal, lines begin with their priority")
    func journal() {
        let output = LogOutput(level: .info, format: .text, isJournal: true)
        let handler = StandardErrorLogHandler(label: "martlet", output: output)
        let event = LogEvent(
            level: .warning, message: "m", metadata: nil, source: nil, file: "", function: "", line: 0)
        let line = String(decoding: handler.line(for: event, at: Timestamp(milliseconds: 0)), as: UTF8.self)
        #expect(line == "<4>1970-01-01T00:00:00.000Z warning m\n")
        #expect(!LogOutput.isJournal(["JOURNAL_STREAM": "1:2"]) && !LogOutput.isJournal([:]))
    }
}
