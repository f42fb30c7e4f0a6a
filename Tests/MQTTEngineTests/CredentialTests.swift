import MQTTCodec
import MQTTEngine
import Testing

@Suite("What an authenticator finds out: how long it is good for, and what comes with it")
struct CredentialTests {
    @Test(
        "A login that has expired ends the connection with 0xA0; a longer one lives on",
        arguments: ProtocolVersion.allCases)
    func expiry(version: ProtocolVersion) {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = {
            .accepted(validity: $0.clientIdentifier == "alice" ? .seconds(10) : .seconds(1_000_000_000_000))
        }
        let alice = harness.connected("alice", version), bob = harness.connected("bob", version)
        harness.advance(milliseconds: 9_999)
        #expect(!alice.isClosed)
        harness.advance(milliseconds: 1)
        expectDisconnected(alice, .maximumConnectTime)
        harness.advance(seconds: 100_000)
        #expect(!bob.isClosed)
    }

    @Test("A login that has expired already ends at once")
    func expired() {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { _ in .accepted(validity: .seconds(-5)) }
        let alice = harness.connected("alice")
        harness.advance(milliseconds: 1)
        expectDisconnected(alice, .maximumConnectTime)
    }

    @Test("Authenticating again puts the end off, or brings it nearer")
    func again() {
        let harness = EngineHarness(authenticates: true)
        let alice = harness.client("alice")
        harness.onAuthenticate = { _ in .accepted(validity: .seconds(10)) }
        alice.connect(properties: [.authenticationMethod("M")])
        harness.advance(seconds: 9)
        alice.send(.auth(Auth(reasonCode: .reauthenticate, properties: [.authenticationMethod("M")])))
        harness.advance(seconds: 9)
        #expect(!alice.isClosed)
        harness.onAuthenticate = { _ in .accepted() }
        alice.send(.auth(Auth(reasonCode: .reauthenticate, properties: [.authenticationMethod("M")])))
        harness.advance(seconds: 1000)
        #expect(!alice.isClosed)
    }

    @Test("Authenticating again as somebody else is refused")
    func somebodyElse() {
        let harness = EngineHarness(authenticates: true)
        let alice = harness.client("alice")
        harness.onAuthenticate = { _ in .accepted(userName: "anna") }
        alice.connect(properties: [.authenticationMethod("M")])
        harness.onAuthenticate = { _ in .accepted(userName: "eve") }
        alice.send(.auth(Auth(reasonCode: .reauthenticate, properties: [.authenticationMethod("M")])))
        expectDisconnected(alice, .notAuthorized)
    }

    @Test("What the authenticator notes with a challenge comes back with the answer, once")
    func exchange() {
        let harness = EngineHarness(authenticates: true)
        let alice = harness.client("alice")
        alice.connect(properties: [.authenticationMethod("M")])
        #expect(harness.authentications.first?.request.exchange == nil)
        harness.answerAuthentication(.challenge(data: [1], exchange: 42))
        let answer = Auth(reasonCode: .continueAuthentication, properties: [.authenticationMethod("M")])
        alice.send(.auth(answer))
        #expect(harness.authentications.first?.request.exchange as? Int == 42)
        harness.answerAuthentication(.challenge(data: [2]))
        alice.send(.auth(answer))
        #expect(harness.authentications.first?.request.exchange == nil)
    }

    @Test("The authorizer sees what the client has shown, on this connection and while it is away")
    func authorizer() {
        let harness = EngineHarness(authenticates: true, authorizes: true)
        let credentials = Credentials(method: "jwt", roles: ["operators"])
        harness.onAuthenticate = { _ in .accepted(userName: "anna", credentials: credentials) }
        let alice = harness.client("alice")
        alice.connect(sessionExpiry: 100, will: Will(topic: "w", payload: []))
        alice.subscribe("a")
        alice.publish("b")
        alice.loseConnection()
        harness.reviewRights()
        #expect(harness.authorizer.requests.count == 5)
        #expect(
            harness.authorizer.requests.allSatisfy { $0.credentials == credentials && $0.userName == "anna" })
    }

    @Test("Rights are withdrawn by what clients have shown")
    func revoked() {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = {
            .accepted(
                credentials: Credentials(method: "jwt", key: $0.clientIdentifier == "alice" ? "1" : "2"))
        }
        let alice = harness.connected("alice"), bob = harness.connected("bob")
        harness.reviewRights { _, credentials in credentials.key == "1" }
        expectDisconnected(alice, .notAuthorized)
        #expect(bob.ping())
    }

    @Test("They are withdrawn from who was let in and waits for its session, too", arguments: [true, false])
    func revokedWhileClaiming(isRevoked: Bool) {
        let harness = EngineHarness(authenticates: true, shards: 2)
        harness.onAuthenticate = { _ in .accepted(credentials: Credentials(method: "jwt", key: "1")) }
        harness.isMailSlow = true
        // Whether another shard has its session is asked there.
        let alice = ["a", "b", "c", "d", "e", "f"].enumerated().map { number, name in
            harness.nextShard = number % 2
            let client = harness.client(MQTTString(name))
            client.connect()
            return client
        }.filter { $0.received.isEmpty }
        #expect(!alice.isEmpty, "some have to ask")
        harness.reviewRights { client, credentials in
            isRevoked && !client.identifier.isEmpty && credentials.key == "1"
        }
        harness.isMailSlow = false
        harness.advance(milliseconds: 1)
        for client in alice { #expect(client.isOpen != isRevoked) }
    }
}
