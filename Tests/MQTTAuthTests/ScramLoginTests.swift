import MQTTCodec
import MQTTEngine
import MQTTScram
import Testing

@testable import MQTTAuth

@Suite(.timeLimit(.minutes(2))) struct ScramLoginTests {
    private static func hash(_ password: String) throws -> PasswordHash {
        try PasswordHash(of: Array(password.utf8), iterations: 1)
    }

    private static func file(_ password: String = "secret") throws -> PasswordFile {
        var file = PasswordFile()
        file.set(
            "anna", try hash(password),
            scram: try ScramVerifier(password: Array(password.utf8), iterations: 4_096))
        file.set("bob", try hash("secret"))
        return file
    }

    private static func ask(
        _ login: ScramLogin, _ data: [UInt8]?, exchange: (any Sendable)? = nil,
        step: AuthenticationRequest.Step = .connect
    ) async -> AuthenticationOutcome? {
        await login.authenticate(
            loginRequest(
                nil, nil, step: step, method: MQTTString(ScramSHA256.method), data: data, exchange: exchange))
    }

    /// The whole exchange, as a client does it. Returns the last outcome, and whether the server has proved itself.
    private static func run(
        _ login: ScramLogin, _ user: String, _ password: String, step: AuthenticationRequest.Step = .connect,
        before: () throws -> Void = {}
    ) async throws -> (AuthenticationOutcome?, isVerified: Bool) {
        var client = ScramClient(userName: Array(user.utf8), password: Array(password.utf8))
        let first = await ask(login, try client.clientFirst(), step: step)
        guard case .challenge(let data, let exchange)? = first else { return (first, false) }
        try before()
        let last = await ask(
            login, try client.received(serverFirst: data), exchange: exchange, step: .continuation)
        if case .accepted(_, let proof?, _, _)? = last { try client.received(serverFinal: proof) }
        return (last, client.isVerified)
    }

    @Test("Who knows the password comes in, and learns that the server is the right one")
    func right() async throws {
        let login = ScramLogin(try Self.file())
        for step in [AuthenticationRequest.Step.connect, .reauthentication] {
            let (outcome, isVerified) = try await Self.run(login, "anna", "secret", step: step)
            #expect(outcome.text == "in as anna")
            #expect(outcome.credentials?.method == "scram")
            #expect(isVerified)
        }
    }

    @Test(
        "Wrong passwords, users without a verifier and users that are none get the same challenge and answer",
        arguments: [("anna", "wrong"), ("bob", "secret"), ("eve", "secret"), ("", "secret")])
    func wrong(user: String, password: String) async throws {
        let login = ScramLogin(try Self.file())
        if user.isEmpty {
            #expect(try await Self.run(login, user, password).0.text == "\(ReasonCode.notAuthorized)")
        } else {
            #expect(
                try await Self.run(login, user, password).0.text == "\(ReasonCode.badUserNameOrPassword)")
        }
    }

    @Test("A client may wait to be asked for its first message")
    func serverBegins() async throws {
        let login = ScramLogin(try Self.file())
        guard case .challenge(let data, let exchange)? = await Self.ask(login, nil) else {
            Issue.record("not asked")
            return
        }
        #expect(data == [])
        var client = ScramClient(userName: Array("anna".utf8), password: Array("secret".utf8))
        let first = await Self.ask(
            login, try client.clientFirst(), exchange: exchange, step: .continuation)
        guard case .challenge(let challenge, let next)? = first else {
            Issue.record("\(first.text)")
            return
        }
        let last = await Self.ask(
            login, try client.received(serverFirst: challenge), exchange: next, step: .continuation)
        #expect(last.text == "in as anna")
    }

    @Test("Other methods are for others; without any verifier the method is not offered")
    func notMine() async throws {
        #expect(await ScramLogin(try Self.file()).authenticate(loginRequest("anna", "secret")).text == "next")
        #expect(
            await ScramLogin(try Self.file()).authenticate(loginRequest(nil, nil, method: "SCRAM-SHA-1")).text
                == "next")
        var file = PasswordFile()
        file.set("bob", try Self.hash("secret"))
        #expect(await Self.ask(ScramLogin(file), Array("n,,n=bob,r=abc".utf8)).text == "next")
    }

    @Test("What is no message of SCRAM is refused")
    func garbage() async throws {
        let login = ScramLogin(try Self.file())
        for data in ["", "x", "p=tls-unique,,n=anna,r=abc"] {
            #expect(await Self.ask(login, Array(data.utf8)).text == "\(ReasonCode.notAuthorized)")
        }
        #expect(
            await Self.ask(login, Array("c=biws,r=abc,p=YQ==".utf8), step: .continuation).text
                == "\(ReasonCode.notAuthorized)")
    }

    @Test("A password that changes during the exchange counts no more")
    func changed() async throws {
        let login = ScramLogin(try Self.file())
        let (outcome, _) = try await Self.run(login, "anna", "secret") {
            login.replace(try Self.file("other"))
        }
        #expect(outcome.text == "\(ReasonCode.badUserNameOrPassword)")
        #expect(try await Self.run(login, "anna", "other").0.text == "in as anna")
    }

    @Test("The verifier stands behind the hash, is kept when others change, and goes with its user")
    func file() throws {
        let text = try Self.file().text
        let lines = text.split(separator: "\n")
        #expect(lines[0].hasPrefix("anna:$7$1$"))
        #expect(lines[0].contains(":SCRAM-SHA-256$4096:"))
        var file = try PasswordFile(text, path: "f")
        #expect(file.text == text)
        #expect(file.scram(of: "anna") != nil && file.scram(of: "bob") == nil)
        #expect(file.changedUserNames(from: try Self.file()) == ["anna", "bob"])
        let old = file
        file.set("bob", try Self.hash("new"))
        #expect(file.scram(of: "anna") != nil)
        file.set("anna", try #require(old.hash(of: "anna")))
        #expect(file.scram(of: "anna") == nil)
        #expect(file.changedUserNames(from: old) == ["anna", "bob"])
        #expect(throws: FileProblem.self) {
            try PasswordFile(text + "eve:\(try Self.hash("x")):damaged\n", path: "f")
        }
        let plain = try PasswordFile("eve:a:b\n", path: "f", hashingPlainTextWith: 1)
        #expect(plain.hash(of: "eve")?.matches(Array("a:b".utf8)) == true)
    }
}
