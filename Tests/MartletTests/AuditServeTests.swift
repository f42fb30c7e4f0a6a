import Foundation
import MQTTCodec
import NIOCore
import Testing

/// What `martlet serve` tells of logins and refusals, in its log and in the audit log, and what it never tells.
@Suite(.timeLimit(.minutes(1))) struct AuditServeTests {
    private let directory = TemporaryDirectory()

    private var audit: String { directory.path + "/audit.jsonl" }

    private func serve(environment: [String: String] = [:]) async throws -> RunningMartlet {
        let users = directory.path + "/users"
        let passwd = try RunningMartlet(["passwd", "--machine", "-b", users, "anna", Self.password])
        #expect(await passwd.exitStatus() == 0)
        let rules = directory.path + "/acl"
        try "user anna\ntopic allowed\n".write(toFile: rules, atomically: true, encoding: .utf8)
        return try RunningMartlet(
            [
                "serve", "--data", directory.path + "/data", "--listen", "mqtt://127.0.0.1:0",
                "--password-file", users, "--acl-file", rules, "--log-level", "trace",
            ], environment: ["MARTLET_AUDIT_FILE": audit].merging(environment) { $1 })
    }

    private static let password = "right-Zq7-secret"
    private static let wrongPassword = "wrong-Xw9-secret"

    private func port(of martlet: RunningMartlet) async throws -> Int {
        let line = try #require(await martlet.line(with: "listening on"))
        return try #require(line.firstMatch(of: #/127\.0\.0\.1:(\d+)/#).flatMap { Int($0.output.1) })
    }

    private func entries(_ path: String) throws -> [[String: String]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        }
    }

    @Test("The audit log has every login, refusal and change, each on a line of JSON, for its owner's eyes")
    func audits() async throws {
        let martlet = try await serve()
        let port = try await port(of: martlet)
        let (code, anna) = try await PacketClient.connect(
            port: port, "anna", Self.password, identifier: "phone")
        #expect(code == .success)
        #expect(try await anna.publish("forbidden") == .notAuthorized)
        #expect(try await anna.subscribe("secret/#") == [.notAuthorized])
        let wrong = try await PacketClient.connect(
            port: port, "eve\"\n{", Self.wrongPassword, identifier: "x"
        ).0
        #expect(wrong == .badUserNameOrPassword)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "files reloaded") != nil)
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)

        let entries = try entries(audit)
        #expect(
            entries.compactMap { $0["action"] } == [
                "started", "login", "denied", "denied", "refused", "reloaded", "thrown-out", "stopped",
            ])
        #expect(
            entries.allSatisfy {
                $0["time"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil
            })
        #expect(entries[1]["user"] == "anna" && entries[1]["client"] == "phone")
        #expect(entries[1]["address"]?.hasPrefix("127.0.0.1:") == true)
        #expect(entries[1]["listener"] == "mqtt://127.0.0.1:0")
        #expect(entries[2]["detail"] == "publish forbidden" && entries[2]["reason"] == "0x87")
        #expect(entries[3]["detail"] == "subscribe secret/#")
        #expect(entries[4]["user"] == "eve\"\n{" && entries[4]["reason"] == "0x86")
        let mode = try FileManager.default.attributesOfItem(atPath: audit)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("SIGHUP opens the audit log again, and nothing that was in it is lost or written twice")
    func rotates() async throws {
        let martlet = try await serve()
        let port = try await port(of: martlet)
        _ = try await PacketClient.connect(port: port, "anna", Self.password, identifier: "one")
        try FileManager.default.moveItem(atPath: audit, toPath: audit + ".1")
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        #expect(await martlet.line(with: "files reloaded") != nil)
        _ = try await PacketClient.connect(port: port, "anna", Self.password, identifier: "two")
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
        let logins = { (entries: [[String: String]]) in
            entries.filter { $0["action"] == "login" }.compactMap { $0["client"] }
        }
        #expect(try logins(entries(audit + ".1")) == ["one"])
        #expect(try logins(entries(audit)) == ["two"])
        // What was there when the broker started stays.
        let again = try await serve()
        _ = try await self.port(of: again)
        again.process.terminate()
        #expect(await again.exitStatus() == 0)
        #expect(try entries(audit).count { $0["action"] == "started" } == 1)
        #expect(try logins(entries(audit)) == ["two"])
    }

    @Test("An audit log that cannot be written is an error at the start")
    func cannotBeWritten() async throws {
        let martlet = try await serve(environment: ["MARTLET_AUDIT_FILE": directory.path + "/no/audit"])
        #expect(await martlet.line(with: "cannot be appended to")?.contains("/no/audit") == true)
        #expect(await martlet.exitStatus() == 73)
    }

    @Test(
        "Passwords, hashes and payloads are in no log, however much is logged", arguments: ["text", "json"])
    func secrets(format: String) async throws {
        let payload = "payload-Hj3-secret"
        let martlet = try await serve(environment: ["MARTLET_LOG_FORMAT": format])
        let port = try await port(of: martlet)
        for _ in 0..<2 {
            let (_, anna) = try await PacketClient.connect(
                port: port, "anna", Self.password, identifier: "phone")
            _ = try await anna.publish("allowed", payload)
            _ = try await anna.publish("forbidden", payload)
        }
        for password in [Self.wrongPassword, Self.wrongPassword + "2"] {
            _ = try await PacketClient.connect(port: port, "anna", password, identifier: "phone")
            _ = try await PacketClient.connect(port: port, "eve", password, identifier: "phone")
        }
        let users = directory.path + "/users"
        let hash = try String(contentsOfFile: users, encoding: .utf8).split(separator: "$").last ?? ""
        try "anna:\(Self.wrongPassword)\n".write(toFile: users, atomically: true, encoding: .utf8)
        #expect(kill(martlet.process.processIdentifier, SIGHUP) == 0)
        var lines = await martlet.lines(to: "stay as they were")
        #expect(lines.count { $0.contains("client refused") } == 4)
        martlet.process.terminate()
        lines += await martlet.restOfLines()
        #expect(await martlet.exitStatus() == 0)
        lines.append(try String(contentsOfFile: audit, encoding: .utf8))
        let text = lines.joined(separator: "\n")
        #expect(text.contains("phone"))
        for secret in [
            Self.password, Self.wrongPassword, payload, String(hash.prefix(20)), Self.base64(Self.password),
            Self.base64(payload),
        ] {
            #expect(!secret.isEmpty && !text.contains(secret), "\(secret)")
        }
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
