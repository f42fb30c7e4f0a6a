import Foundation
import Testing

/// `martlet setup` and what works with what it made.
@Suite(.timeLimit(.minutes(1))) struct SetupTests {
    private let directory = TemporaryDirectory()

    private func run(_ arguments: String...) async throws -> (status: Int32?, text: String) {
        let martlet = try RunningMartlet(arguments, input: "")
        let lines = await martlet.restOfLines().joined(separator: "\n")
        return (await martlet.exitStatus(), martlet.output() + lines)
    }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: directory.path + "/broker/" + name)[
            .posixPermissions] as? Int
    }

    @Test("Makes everything, secrets for its owner alone, and a configuration that is right")
    func makes() async throws {
        let broker = directory.path + "/broker"
        let made = try await run(
            "setup", broker, "--name", "broker.example", "--user", "anna", "--password", "it's")
        #expect(made.status == 0)
        #expect(made.text.contains("-h broker.example -p 8883 -u anna -P 'it'\\''s'"))
        #expect(made.text.contains("martlet serve --config \(broker)/martlet.yaml"))
        #expect(made.text.firstMatch(of: #/([0-9A-F]{2}:){31}[0-9A-F]{2}/#) != nil)
        for name in ["ca.key", "server.key", "users.txt"] { #expect(try mode(name) == 0o600, "\(name)") }
        #expect(try mode("") == 0o700)
        #expect(try await run("check-config", "\(broker)/martlet.yaml").status == 0)
        #expect(try await run("passwd", "--verify", "-b", "\(broker)/users.txt", "anna", "it's").status == 0)
        let can = try await run(
            "can", "--config", "\(broker)/martlet.yaml", "--user", "anna", "publish", "a/b")
        #expect(can.status == 0)
    }

    @Test(
        "Asks nothing without a terminal: the user is admin, the password a generated one that is told once")
    func generated() async throws {
        let broker = directory.path + "/broker"
        let made = try await run("setup", broker)
        let told = try #require(made.text.firstMatch(of: #/password of admin is ([a-z2-9-]{27}) /#))
        let verified = try await run(
            "passwd", "--verify", "-b", "\(broker)/users.txt", "admin", String(told.output.1))
        #expect(verified.status == 0)
    }

    @Test("Overwrites nothing", arguments: ["ca.pem", "martlet.yaml", "users.txt"])
    func overwritesNothing(name: String) async throws {
        let broker = directory.path + "/broker"
        try FileManager.default.createDirectory(atPath: broker, withIntermediateDirectories: false)
        try "mine".write(toFile: "\(broker)/\(name)", atomically: true, encoding: .utf8)
        let made = try await run("setup", broker)
        #expect(made.status == 73)
        #expect(made.text.contains("\(name) is there already"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: broker) == [name])
        #expect(try String(contentsOfFile: "\(broker)/\(name)", encoding: .utf8) == "mine")
    }

    @Test("Certificates for clients are made once, and for names that can be those of files")
    func clients() async throws {
        let broker = directory.path + "/broker"
        #expect(try await run("cert", "client", "dev", "--directory", broker).status == 73)
        #expect(try await run("setup", broker).status == 0)
        #expect(try await run("cert", "client", "dev", "--directory", broker).status == 0)
        #expect(try mode("dev.key") == 0o600)
        #expect(try await run("cert", "client", "dev", "--directory", broker).status == 73)
        for name in ["../dev", ".dev", "", "a:b"] {
            #expect(try await run("cert", "client", name, "--directory", broker).status == 64, "\(name)")
        }
    }

    @Test(
        "What makes no sense is refused, and makes nothing",
        arguments: [["--name", "a b"], ["--name", "1.2.3.4/8"], ["--user", "a:b"], ["--password", ""]])
    func usage(arguments: [String]) async throws {
        let made = try RunningMartlet(["setup", directory.path + "/broker"] + arguments)
        #expect(await made.exitStatus() == 64)
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/broker"))
    }
}
