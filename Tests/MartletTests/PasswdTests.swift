import Foundation
import MQTTAuth
import MQTTCodec
import Testing

@Suite(.timeLimit(.minutes(1))) struct PasswdTests {
    private let directory = TemporaryDirectory()

    private var file: String { directory.path + "/users" }

    private func passwd(_ arguments: String..., input: String = "") async throws -> (
        status: Int32?, text: String
    ) {
        let martlet = try RunningMartlet(["passwd"] + arguments, input: input)
        let lines = await martlet.restOfLines().joined(separator: "\n")
        return (await martlet.exitStatus(), martlet.output() + lines)
    }

    @Test("Users are added, changed, verified and deleted; the file is its owner's alone")
    func life() async throws {
        #expect(
            try await passwd("-I", "1000", file, "anna", input: "one\n") == (0, "anna is added to \(file).\n")
        )
        #expect(try await passwd("--machine", "-b", file, "bob", "two").status == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try PasswordFile(contentsOf: file).text.hasPrefix("anna:$7$1000$"))
        #expect(try await passwd("--verify", file, "anna", input: "one\n").status == 0)
        #expect(try await passwd("--verify", file, "anna", input: "two\n") == (1, "The password is wrong.\n"))
        #expect(
            try await passwd("--machine", "-b", file, "anna", "three").text
                == "The password of anna is changed.\n")
        #expect(try await passwd("--verify", "-b", file, "anna", "three").status == 0)
        #expect(try await passwd("-D", file, "bob").status == 0)
        #expect(try await passwd("-D", file, "bob") == (1, "error: there is no user 'bob' in \(file)"))
        #expect(try PasswordFile(contentsOf: file).userNames == ["anna"])
    }

    @Test("-c overwrites nothing by itself, and everything with --overwrite")
    func overwrite() async throws {
        #expect(try await passwd("-c", "--machine", "-b", file, "anna", "one").status == 0)
        let refused = try await passwd("-c", "--machine", "-b", file, "bob", "two")
        #expect(refused.status == 73)
        #expect(refused.text.contains("--overwrite"))
        #expect(try PasswordFile(contentsOf: file).userNames == ["anna"])
        #expect(try await passwd("-c", "--overwrite", "--machine", "-b", file, "bob", "two").status == 0)
        #expect(try PasswordFile(contentsOf: file).userNames == ["bob"])
    }

    @Test("-U hashes what is in plain text")
    func upgrade() async throws {
        try "# x\nanna:one\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try await passwd("--verify", "-b", file, "anna", "one").status == 78)
        #expect(try await passwd("-U", "--machine", file).status == 0)
        #expect(try PasswordFile(contentsOf: file).text.hasPrefix("# x\nanna:$7$1000$"))
        #expect(try await passwd("--verify", "-b", file, "anna", "one").status == 0)
    }

    @Test(
        "What makes no sense is refused, and changes nothing",
        arguments: [
            ["-b", "FILE", "anna"], ["FILE", "anna", "one"], ["FILE"], ["-D", "-c", "FILE", "anna"],
            ["-I", "0", "FILE", "anna"], ["-b", "FILE", "an:na", "x"], ["-U", "FILE", "anna"],
            ["-H", "sha512", "FILE", "anna"],
        ])
    func usage(arguments: [String]) async throws {
        let martlet = try RunningMartlet(
            ["passwd"] + arguments.map { $0 == "FILE" ? file : $0 }, input: "x\n")
        #expect(await martlet.exitStatus() == 64)
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test("No password at standard input is none")
    func noPassword() async throws {
        #expect(try await passwd(file, "anna", input: "").status == 1)
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test("can: the decision and the rule, from a file of rules or the one that the configuration names")
    func can() async throws {
        let rules = directory.path + "/acl"
        try "user anna\ntopic read house/#\n".write(toFile: rules, atomically: true, encoding: .utf8)
        func can(_ arguments: String...) async throws -> (status: Int32?, text: String) {
            let martlet = try RunningMartlet(["can"] + arguments)
            let lines = await martlet.restOfLines().joined(separator: "\n")
            return (await martlet.exitStatus(), martlet.output() + lines)
        }
        let yes = try await can("--acl-file", rules, "--user", "anna", "subscribe", "house/+")
        #expect(yes == (0, "yes: \(rules):2: topic read house/# (for user anna)\n"))
        let no = try await can("--acl-file", rules, "--user", "anna", "publish", "house/a")
        #expect(no == (1, "no: none of the 1 rules in \(rules) allows it\n"))
        let configuration = directory.path + "/martlet.yaml"
        try "authorization:\n  acl_file: \(rules)\n".write(
            toFile: configuration, atomically: true, encoding: .utf8)
        #expect(try await can("--config", configuration, "subscribe", "house/a").status == 1)
        #expect(try await can("subscribe", "house/a").status == 64)
        #expect(try await can("--acl-file", rules, "publish", "house/#").status == 64)
        #expect(try await can("--acl-file", rules + "x", "publish", "house").status == 78)
    }
}
