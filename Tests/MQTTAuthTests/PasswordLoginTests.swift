import MQTTCodec
import MQTTEngine
import Testing

@testable import MQTTAuth

@Suite struct PasswordLoginTests {
    private static func file(_ users: [String: String], iterations: Int = 1) throws -> PasswordFile {
        var file = PasswordFile()
        for (name, password) in users {
            file.set(MQTTString(name), try PasswordHash(of: Array(password.utf8), iterations: iterations))
        }
        return file
    }

    private static func request(
        _ userName: MQTTString?, _ password: String?, method: MQTTString? = nil,
        certificate: MQTTString? = nil
    ) -> AuthenticationRequest {
        AuthenticationRequest(
            step: .connect, peer: Peer(address: "a", listener: "l", certificateName: certificate),
            version: .v5,
            clientIdentifier: "c", userName: userName, password: password.map { Array($0.utf8) },
            method: method, data: nil, connection: ConnectionID(slot: 0, generation: 0))
    }

    /// "in", or the code it is refused with.
    private static func outcome(
        _ login: PasswordLogin, anonymous: Bool = false, _ request: AuthenticationRequest
    ) async -> String {
        var methods: [any LoginMethod] = [CertificateLogin(), login]
        if anonymous { methods.append(AnonymousLogin()) }
        return switch await AuthenticationChain(methods).authenticate(request) {
        case .accepted(let name, _, _, _): name.map { "in as \($0)" } ?? "in"
        case .challenge: "challenge"
        case .refused(let code, _): "\(code)"
        }
    }

    @Test(
        "Who knows the password comes in, nobody else, and one answer is for wrong names and wrong passwords")
    func passwords() async throws {
        let authenticator = PasswordLogin(try Self.file(["anna": "one", "bob": "two", "none": ""]))
        let wrong = "\(ReasonCode.badUserNameOrPassword)"
        // Twice: the second time the login is remembered.
        for _ in 0..<2 {
            #expect(await Self.outcome(authenticator, Self.request("anna", "one")) == "in")
            for (name, password) in [
                ("anna", "two"), ("anna", ""), ("anna", nil), ("bob", "one"), ("eve", "one"), ("Anna", "one"),
                ("", "one"), ("none", nil), ("anna:", "one"),
            ] as [(String, String?)] {
                let request = Self.request(MQTTString(name), password)
                #expect(await Self.outcome(authenticator, request) == wrong, "\(name) \(password ?? "-")")
            }
        }
        #expect(await Self.outcome(authenticator, Self.request("none", "")) == "in")
    }

    @Test("Who came in before is let in at once, and nobody else is; a new file makes an end of that")
    func atOnce() async throws {
        let file = try Self.file(["anna": "one", "bob": "two"])
        let login = PasswordLogin(file)
        let chain = AuthenticationChain([CertificateLogin(), AnonymousLogin(), login])
        func isKnown(_ name: MQTTString, _ password: String?) -> Bool {
            chain.outcomeAtOnce(Self.request(name, password)) != nil
        }
        #expect(!isKnown("anna", "one"))
        #expect(await Self.outcome(login, Self.request("anna", "one")) == "in")
        #expect(isKnown("anna", "one"))
        #expect(!isKnown("anna", "two") && !isKnown("bob", "one") && !isKnown("anna", nil))
        // What a later one knows does not count before one that has to be asked.
        let asked = AuthenticationChain([PasswordLogin(file), login])
        #expect(asked.outcomeAtOnce(Self.request("anna", "one")) == nil)
        var new = file
        new.set("anna", try PasswordHash(of: Array("three".utf8), iterations: 1))
        login.replace(new)
        #expect(!isKnown("anna", "one") && !isKnown("anna", "three"))
    }

    @Test("Nobody comes in by an empty file")
    func empty() async {
        let authenticator = PasswordLogin(PasswordFile())
        let outcome = await Self.outcome(authenticator, Self.request("anna", "one"))
        #expect(outcome == "\(ReasonCode.badUserNameOrPassword)")
    }

    @Test("Clients without a name come in only where that is allowed, and never with a password alone")
    func anonymous() async throws {
        let file = try Self.file(["anna": "one"])
        let closed = PasswordLogin(file)
        let open = PasswordLogin(file)
        #expect(await Self.outcome(closed, Self.request(nil, nil)) == "\(ReasonCode.notAuthorized)")
        #expect(await Self.outcome(open, anonymous: true, Self.request(nil, nil)) == "in")
        #expect(
            await Self.outcome(open, anonymous: true, Self.request(nil, "one"))
                == "\(ReasonCode.notAuthorized)")
        #expect(
            await Self.outcome(open, anonymous: true, Self.request("anna", "no"))
                == "\(ReasonCode.badUserNameOrPassword)")
        #expect(
            await Self.outcome(open, anonymous: true, Self.request("anna", nil))
                == "\(ReasonCode.badUserNameOrPassword)")
    }

    @Test("A verified certificate is its client's name, whatever name is sent")
    func certificate() async throws {
        let authenticator = PasswordLogin(try Self.file(["anna": "one"]))
        let request = Self.request("anna", "wrong", certificate: "device-7")
        #expect(await Self.outcome(authenticator, request) == "in as device-7")
    }

    @Test("[MQTT-4.12.0-1] An authentication method is none that there is")
    func method() async throws {
        let authenticator = PasswordLogin(try Self.file(["anna": "one"]))
        let request = Self.request("anna", "one", method: "SCRAM-SHA-256")
        #expect(await Self.outcome(authenticator, request) == "\(ReasonCode.badAuthenticationMethod)")
    }

    @Test("A new file counts at once, for remembered logins too, and tells who has to leave")
    func replaced() async throws {
        let old = try Self.file(["anna": "one", "bob": "two"])
        let authenticator = PasswordLogin(old)
        #expect(await Self.outcome(authenticator, Self.request("anna", "one")) == "in")
        var new = old
        new.set("anna", try PasswordHash(of: Array("three".utf8), iterations: 1))
        #expect(authenticator.replace(new) == ["anna"])
        let wrong = "\(ReasonCode.badUserNameOrPassword)"
        #expect(await Self.outcome(authenticator, Self.request("anna", "one")) == wrong)
        #expect(await Self.outcome(authenticator, Self.request("anna", "three")) == "in")
        #expect(await Self.outcome(authenticator, Self.request("bob", "two")) == "in")
        new.remove("bob")
        #expect(authenticator.replace(new) == ["bob"])
        #expect(await Self.outcome(authenticator, Self.request("bob", "two")) == wrong)
    }

    @Test("More logins at a time than may wait are told that the broker is busy; the others come in")
    func busy() async throws {
        let file = try Self.file(["anna": "one"], iterations: 20_000)
        let authenticator = PasswordLogin(file, threads: 1, waiting: 2)
        let outcomes = await withTaskGroup(of: String.self, returning: [String: Int].self) { group in
            for _ in 0..<50 {
                group.addTask { await Self.outcome(authenticator, Self.request("anna", "wrong")) }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        let busy = outcomes["\(ReasonCode.serverBusy)"] ?? 0
        let refused = outcomes["\(ReasonCode.badUserNameOrPassword)"] ?? 0
        #expect(busy + refused == 50)
        #expect(busy > 0)
        #expect(refused > 0)
        #expect(await Self.outcome(authenticator, Self.request("anna", "one")) == "in", "room again")
    }

    @Test("Remembered logins are bounded, belong to one name, password and hash, and are not the password")
    func remembered() throws {
        let hash = try PasswordHash(of: [1], iterations: 1)
        var logins = VerifiedLogins(capacity: 3)
        for number in 0..<100 { logins.insert(MQTTString("\(number)"), [1], hash) }
        #expect(logins.count == 3)
        logins.insert("a", [1, 2], hash)
        #expect(logins.proof(of: "a", hash)?.fits([1, 2]) == true)
        #expect(logins.proof(of: "a", hash)?.fits([1, 3]) == false)
        #expect(logins.proof(of: "b", hash) == nil)
        #expect(logins.proof(of: "a", try PasswordHash(of: [1, 2], iterations: 1)) == nil)
        logins.removeAll()
        #expect(logins.proof(of: "a", hash) == nil)
    }
}
