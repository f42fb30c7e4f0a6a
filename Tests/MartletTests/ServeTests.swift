import Foundation
import NIOCore
import Testing

/// The built program, started, used and ended as a person or a supervisor does.
@Suite(.timeLimit(.minutes(1))) struct ServeTests {
    private let directory = TemporaryDirectory()

    private func serve(_ arguments: String..., environment: [String: String] = [:]) throws -> RunningMartlet {
        try RunningMartlet(
            ["serve", "--data", directory.path + "/data"] + arguments, environment: environment)
    }

    /// The URL that a line says it listens on.
    private func url(in line: String?) throws -> String {
        let line = try #require(line)
        return String(try #require(line.split(separator: " ").last))
    }

    private func port(in line: String?) throws -> Int {
        let url = try url(in: line)
        return try #require(URL(string: url)?.port)
    }

    @Test(
        "Each listener tells its real address, and SIGTERM and SIGINT end it cleanly",
        arguments: [SIGTERM, SIGINT])
    func listensAndEnds(signal: Int32) async throws {
        let socket = directory.path + "/socket"
        let martlet = try serve(
            "--listen", "mqtt://127.0.0.1:0", "--listen", "ws://127.0.0.1:0/mqtt", "--listen",
            "unix://\(socket)")
        let first = try url(in: await martlet.line(with: "listening on"))
        #expect(first.hasPrefix("mqtt://127.0.0.1:"))
        #expect(!first.hasSuffix(":0"))
        let second = try url(in: await martlet.line(with: "listening on"))
        #expect(second.hasPrefix("ws://127.0.0.1:"))
        #expect(second.hasSuffix("/mqtt"))
        let third = try url(in: await martlet.line(with: "listening on"))
        #expect(third == "unix://\(socket)")
        #expect(kill(martlet.process.processIdentifier, signal) == 0)
        #expect(await martlet.exitStatus() == 0)
        #expect(!FileManager.default.fileExists(atPath: socket), "the socket is gone")
    }

    @Test("[MQTT-4.13.2-1] A client that is connected when SIGTERM comes gets CONNACK, then DISCONNECT 0x8B")
    func saysGoodbye() async throws {
        let martlet = try serve("--listen", "mqtt://127.0.0.1:0")
        let client = try await WireClient.connect(port: port(in: await martlet.line(with: "listening on")))
        let all = try await client.run { connack in
            #expect(connack.getBytes(at: 0, length: 1) == [0x20])
            #expect(connack.getBytes(at: 2, length: 2) == [0, 0])
            martlet.process.terminate()
        }
        let connack = 2 + Int(try #require(all.getInteger(at: 1, as: UInt8.self)))
        #expect(all.getInteger(at: connack, as: UInt8.self) == 0xE0)
        #expect(all.getInteger(at: connack + 2, as: UInt8.self) == 0x8B)
        #expect(await martlet.exitStatus() == 0)
    }

    @Test(
        "[MQTT-4.13.2-1] What a file says reaches clients: a broker that is drained answers 0x9C and where to go"
    )
    func redirects() async throws {
        let file = directory.path + "/martlet.yaml"
        try
            "listeners: [\"mqtt://127.0.0.1:0\"]\noffer:\n  redirection:\n    server_reference: elsewhere:1883\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        let martlet = try serve("--config", file)
        let client = try await WireClient.connect(port: port(in: await martlet.line(with: "listening on")))
        let all = try await client.run { connack in
            #expect(connack.getInteger(at: 3, as: UInt8.self) == 0x9C)
        }
        let text = String(decoding: all.readableBytesView, as: UTF8.self)
        #expect(text.contains("elsewhere:1883"))
        martlet.process.terminate()
        #expect(await martlet.exitStatus() == 0)
    }

    @Test("A port that is in use: 69, and what to do")
    func portInUse() async throws {
        let first = try serve("--listen", "mqtt://127.0.0.1:0")
        let port = try port(in: await first.line(with: "listening on"))
        let second = try RunningMartlet(
            ["serve", "--data", directory.path + "/other", "--listen", "mqtt://127.0.0.1:\(port)"])
        #expect(await second.line(with: "cannot listen on mqtt://127.0.0.1:\(port)") != nil)
        #expect(await second.exitStatus() == 69)
        first.process.terminate()
        #expect(await first.exitStatus() == 0)
    }

    @Test("A data directory that another broker uses: 73; free again after it")
    func dataDirectoryInUse() async throws {
        let first = try serve("--listen", "mqtt://127.0.0.1:0")
        _ = await first.line(with: "listening on")
        let second = try serve("--listen", "mqtt://127.0.0.1:0")
        #expect(await second.line(with: "in use by another broker") != nil)
        #expect(await second.exitStatus() == 73)
        first.process.terminate()
        #expect(await first.exitStatus() == 0)
        let third = try serve("--listen", "mqtt://127.0.0.1:0")
        _ = try #require(await third.line(with: "listening on"))
        third.process.terminate()
        #expect(await third.exitStatus() == 0)
    }

    @Test("A listener that others can reach is refused: 78, and what to do")
    func refusesOpenListener() async throws {
        let martlet = try serve("--listen", "mqtt://0.0.0.0:0")
        #expect(await martlet.line(with: "refusing to listen")?.contains("--allow-anonymous") == true)
        #expect(await martlet.exitStatus() == 64, "it lies in the flags alone")
        let configured = try serve(environment: ["MARTLET_LISTENERS": "mqtt://0.0.0.0:0"])
        #expect(await configured.line(with: "refusing to listen")?.contains("allow_anonymous") == true)
        #expect(await configured.exitStatus() == 78)
        let allowed = try serve("--listen", "mqtt://0.0.0.0:0", "--allow-anonymous")
        _ = try #require(await allowed.line(with: "listening on mqtt://0.0.0.0:"))
        allowed.process.terminate()
        #expect(await allowed.exitStatus() == 0)
    }

    @Test("Every line of a JSON log is an object, from the first to the last")
    func json() async throws {
        let martlet = try serve(
            "--listen", "mqtt://127.0.0.1:0", "--log-format", "json", "--log-level", "trace",
            environment: ["MARTLET_LOG_LEVL": "info"])
        var lines = [try #require(await martlet.line(with: "MARTLET_LOG_LEVL"))]
        lines.append(try #require(await martlet.line(with: "listening on")))
        martlet.process.terminate()
        lines += await martlet.restOfLines()
        #expect(await martlet.exitStatus() == 0)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["message"] is String, "\(line)")
        }
    }

    @Test("An option that there is not: 64")
    func usage() async throws {
        let martlet = try serve("--lisen", "x")
        #expect(await martlet.line(with: "Unknown option '--lisen'") != nil)
        #expect(await martlet.exitStatus() == 64)
    }

    @Test("check-config: 0 for a right file, 78 with every error for a wrong one, without starting anything")
    func checkConfig() async throws {
        let file = directory.path + "/martlet.yaml"
        try "listeners:\n- unix://\(directory.path)/s\ndata_directory: \(directory.path)/d\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        let right = try RunningMartlet(["check-config", file])
        #expect(await right.exitStatus() == 0)
        #expect(right.output() == "\(file) is right.\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["martlet.yaml"])

        try "a: 1\nshards: 65\n".write(toFile: file, atomically: true, encoding: .utf8)
        let wrong = try RunningMartlet(["check-config", file])
        let lines = await wrong.restOfLines()
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("error: \(file):1:1: a: ") == true)
        #expect(lines.last?.hasPrefix("error: \(file):2:9: shards: ") == true)
        #expect(await wrong.exitStatus() == 78)

        let none = try RunningMartlet(["check-config", directory.path + "/none"])
        #expect(await none.line(with: "cannot be read: No such file or directory") != nil)
        #expect(await none.exitStatus() == 78)
    }

    @Test("--version says the version, --help the exit status")
    func versionAndHelp() async throws {
        let version = try RunningMartlet(["--version"])
        #expect(await version.exitStatus() == 0)
        #expect(version.output().hasPrefix("martlet 0."))
        let help = try RunningMartlet(["serve", "--help"])
        #expect(await help.exitStatus() == 0)
        let text = help.output()
        for part in [
            "--config", "--listen", "--allow-anonymous", "--data", "--shards", "--log-level", "--log-format",
            "EXIT STATUS", "78",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }
}
