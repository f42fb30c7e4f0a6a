import Foundation
import Testing

@testable import martlet

/// The administration listener and `martlet ctl`, as programs of their own.
@Suite(.timeLimit(.minutes(2))) struct AdminServeTests {
    private let directory = TemporaryDirectory()

    private func serve(_ arguments: String...) throws -> RunningMartlet {
        try RunningMartlet(
            [
                "serve", "--data", directory.path + "/data", "--listen", "mqtt://127.0.0.1:0", "--admin",
                "http://127.0.0.1:0",
            ] + arguments)
    }

    private func url(_ martlet: RunningMartlet) async throws -> String {
        let line = try #require(await martlet.line(with: "administration on"))
        return String(try #require(line.split(separator: " ").last))
    }

    /// Runs `martlet ctl`, and gives its status and output.
    private func ctl(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> (
        Int32?, String
    ) {
        let run = try RunningMartlet(["ctl"] + arguments, environment: environment)
        let status = await run.exitStatus()
        return (status, run.output())
    }

    private func token(_ role: String) async throws -> String {
        let (status, output) = try await ctl([
            "token", "create", "the-\(role)", "--role", role, "--data", directory.path + "/data",
        ])
        #expect(status == 0)
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test("A token made while the broker runs opens the API; every change is in the log")
    func overHTTP() async throws {
        let martlet = try serve()
        let url = try await url(martlet)
        let secret = try await token("operate")
        let environment = ["MARTLET_CTL_URL": url, "MARTLET_CTL_TOKEN": secret]
        #expect(try await ctl(["health"], ["MARTLET_CTL_URL": url]).1 == "ready\n", "it takes no token")
        let (status, overview) = try await ctl(["status", "--json"], environment)
        #expect(status == 0 && overview.contains("\"ready\":true"))
        #expect(try await ctl(["version"], environment).1.contains(Version.current))
        #expect(try await ctl(["publish", "a/b", "21.5", "--retain"], environment).0 == 0)
        #expect(await martlet.line(with: "publish: 204")?.contains("actor=the-operate") == true)
        #expect(try await ctl(["retained", "get", "a/b"], environment).1 == "21.5\n")
        #expect(try await ctl(["retained", "--filter", "a/#"], environment).1.contains("a/b"))
        #expect(try await ctl(["topics", "a"], environment).1.contains("b"))
        #expect(try await ctl(["disconnect", "nobody"], environment).0 == 1)
        #expect(try await ctl(["users"], environment).0 == 1, "this takes another role")
        #expect(try await ctl(["status"], ["MARTLET_CTL_URL": url]).0 == 1, "there is no token")
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
        #expect(try await ctl(["status"], environment).0 == 69)
    }

    @Test("Tokens are listed without their secrets, removed, and the file is for its owner alone")
    func tokens() async throws {
        try FileManager.default.createDirectory(
            atPath: directory.path + "/data", withIntermediateDirectories: true)
        let secret = try await token("admin")
        let file = directory.path + "/data/admin.tokens"
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try !String(contentsOfFile: file, encoding: .utf8).contains(secret))
        #expect(try await ctl(["token", "list", "--file", file]).1 == "the-admin  admin\n")
        #expect(try await ctl(["token", "remove", "the-admin", "--file", file]).0 == 0)
        #expect(try await ctl(["token", "remove", "the-admin", "--file", file]).0 == 1)
    }

    @Test("Users and rules are changed through the API, and the broker takes them")
    func security() async throws {
        let users = directory.path + "/users.txt"
        let rules = directory.path + "/acl.txt"
        try "".write(toFile: users, atomically: true, encoding: .utf8)
        try "user anna\ntopic read house/#\n".write(toFile: rules, atomically: true, encoding: .utf8)
        let martlet = try serve("--password-file", users, "--acl-file", rules)
        let url = try await url(martlet)
        let environment = ["MARTLET_CTL_URL": url, "MARTLET_CTL_TOKEN": try await token("admin")]
        let explain = ["rules", "explain", "publish", "house/hall", "--user", "anna"]
        #expect(try await ctl(explain, environment).0 == 1)
        try "user anna\ntopic house/#\n".write(
            toFile: directory.path + "/new.txt", atomically: true, encoding: .utf8)
        #expect(try await ctl(["rules", "replace", directory.path + "/new.txt"], environment).0 == 0)
        #expect(try await ctl(explain, environment).0 == 0)
        #expect(await martlet.line(with: "security files reloaded") != nil)
        try "nonsense\n".write(toFile: directory.path + "/new.txt", atomically: true, encoding: .utf8)
        #expect(try await ctl(["rules", "replace", directory.path + "/new.txt"], environment).0 == 1)
        #expect(try await ctl(["rules", "show"], environment).1 == "user anna\ntopic house/#\n")
        #expect(try await ctl(["users", "remove", "anna"], environment).0 == 1)
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
    }

    @Test(
        "A listener that other machines can reach takes https: and a certificate",
        arguments: [
            ("http://0.0.0.0:0", "clear text"), ("https://127.0.0.1:0", "admin.certificate"),
            ("ftp://127.0.0.1", "is not http://HOST:PORT"),
        ])
    func refused(url: String, reason: String) async throws {
        let martlet = try RunningMartlet(["serve", "--data", directory.path + "/d", "--admin", url])
        #expect(await martlet.line(with: reason) != nil)
        #expect(await martlet.exitStatus() == 64)
    }
}
