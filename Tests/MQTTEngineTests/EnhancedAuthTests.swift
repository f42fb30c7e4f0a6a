import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Enhanced authentication and AUTH, sections 4.12 and 3.15")
struct EnhancedAuthTests {
    @Test("[MQTT-4.12.0-1] A method that nobody supports is refused with 0x8C")
    func unsupported() {
        let client = EngineHarness().client("alice")
        expectRefused(
            client, client.connect(properties: [.authenticationMethod("M")]), .badAuthenticationMethod)
    }

    @Test(
        "[MQTT-4.12.0-2] [MQTT-4.12.0-3] [MQTT-4.12.0-5] [MQTT-3.15.2-1] A challenge is AUTH 0x18; every AUTH and CONNACK name the method"
    )
    func exchange() {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client("alice")
        client.connect(properties: [.authenticationMethod("M"), .authenticationData([1])])
        #expect(harness.authentications.first?.request.step == .connect)
        #expect(harness.authentications.first?.request.method == "M")
        #expect(harness.authentications.first?.request.data == [1])
        for round: UInt8 in 0..<2 {
            harness.answerAuthentication(.challenge(data: [2, round]))
            #expect(client.takeAll() == [auth(.continueAuthentication, [2, round])])
            client.send(auth(.continueAuthentication, [3, round]))
            #expect(harness.authentications.first?.request.step == .continuation)
            #expect(harness.authentications.first?.request.data == [3, round])
        }
        harness.answerAuthentication(.accepted(data: [4]))
        let connack = client.takeConnack()
        #expect(connack?.reasonCode == .success)
        #expect(connack?.properties.authenticationMethod == "M")
        #expect(connack?.properties.authenticationData == [4])
        #expect(client.ping())
    }

    @Test("[MQTT-4.12.0-4] The server may refuse at any step, and closes")
    func refused() {
        let harness = EngineHarness(authenticates: true)
        for steps in 0..<3 {
            let client = harness.client("alice")
            client.connect(properties: [.authenticationMethod("M")])
            for _ in 0..<steps {
                harness.answerAuthentication(.challenge(data: [1]))
                client.takeAll()
                client.send(auth(.continueAuthentication, [2]))
            }
            harness.answerAuthentication(.refused(.notAuthorized))
            expectRefused(client, client.takeConnack(), .notAuthorized)
        }
    }

    @Test("[MQTT-4.12.0-6] Without a method the server sends neither AUTH nor a method")
    func withoutMethod() {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client("alice")
        client.connect()
        harness.answerAuthentication(.accepted(data: [1]))
        let connack = client.takeConnack()
        #expect(connack?.properties.authenticationMethod == nil)
        #expect(connack?.properties.authenticationData == nil)
        let challenged = harness.client("bob")
        challenged.connect()
        harness.answerAuthentication(.challenge(data: [1]))
        #expect(challenged.takeConnack()?.reasonCode.isFailure == true)
        #expect(challenged.received.isEmpty)
        #expect(challenged.isClosed)
    }

    @Test("[MQTT-4.12.0-7] AUTH from a client that named no method is a protocol error")
    func authWithoutMethod() {
        let harness = EngineHarness()
        for code in [ReasonCode.continueAuthentication, .reauthenticate] {
            let client = harness.connected("alice")
            client.send(auth(code, [1]))
            expectDisconnected(client, .protocolError)
        }
    }

    @Test("[MQTT-3.1.2-30] Other packets during the exchange are not processed")
    func otherPackets() {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { $0.clientIdentifier == "watcher" ? .accepted() : nil }
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.client("alice")
        client.connect(properties: [.authenticationMethod("M")])
        harness.answerAuthentication(.challenge(data: [1]))
        client.takeAll()
        client.publish("a", "x", qos: .atLeastOnce)
        #expect(watcher.messages.isEmpty)
        #expect(client.takeAcknowledgement(.puback) == nil)
        #expect(client.isClosed)
    }

    @Test("DISCONNECT during the exchange ends it")
    func disconnectDuringExchange() {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client("alice")
        client.connect(properties: [.authenticationMethod("M")])
        harness.answerAuthentication(.challenge(data: [1]))
        client.disconnect()
        #expect(client.isClosed)
        #expect(harness.counters.sessions == 0)
    }

    @Test("[MQTT-4.12.0-5] A client that changes the method, or leaves it out, is turned away")
    func otherMethod() {
        let harness = EngineHarness(authenticates: true)
        for properties: Properties in [[.authenticationMethod("N")], []] {
            let client = harness.client("alice")
            client.connect(properties: [.authenticationMethod("M")])
            harness.answerAuthentication(.challenge(data: [1]))
            client.takeAll()
            client.send(.auth(Auth(reasonCode: .continueAuthentication, properties: properties)))
            #expect(client.isClosed)
            #expect(client.takeConnack()?.reasonCode.isFailure ?? true)
            #expect(harness.authentications.isEmpty)
        }
    }

    @Test(
        "[MQTT-4.12.1-1] A connected client may authenticate again, with the same method; others go on meanwhile"
    )
    func reauthentication() {
        let (harness, client) = authenticated()
        client.subscribe("a")
        client.send(auth(.reauthenticate, [9]))
        #expect(harness.authentications.first?.request.step == .reauthentication)
        harness.connected("bob").publish("a", "meanwhile")
        #expect(client.takeMessages().map(\.text) == ["meanwhile"])
        #expect(!harness.authentications.isEmpty)
        harness.answerAuthentication(.challenge(data: [8]))
        #expect(client.takeAll() == [auth(.continueAuthentication, [8])])
        client.send(auth(.continueAuthentication, [7]))
        harness.answerAuthentication(.accepted(data: [6]))
        #expect(client.takeAll() == [auth(.success, [6])])
        #expect(client.ping())
        #expect(client.takeConnack() == nil)
    }

    @Test("[MQTT-4.12.1-1] Another method at re-authentication is a protocol error")
    func reauthenticationWithOtherMethod() {
        let (harness, client) = authenticated()
        client.send(.auth(Auth(reasonCode: .reauthenticate, properties: [.authenticationMethod("N")])))
        #expect(client.isClosed)
        #expect([.protocolError, .badAuthenticationMethod].contains(client.disconnectReason))
        #expect(harness.authentications.isEmpty)
    }

    @Test("[MQTT-4.12.1-2] A re-authentication that fails ends the connection with a reason")
    func reauthenticationFails() {
        let (harness, client) = authenticated()
        client.send(auth(.reauthenticate, [9]))
        harness.answerAuthentication(.refused(.notAuthorized))
        expectDisconnected(client, .notAuthorized)
    }

    @Test("AUTH out of turn is a protocol error")
    func outOfTurn() {
        let (_, client) = authenticated()
        client.send(auth(.continueAuthentication, [1]))
        expectDisconnected(client, .protocolError)
        let harness = EngineHarness(authenticates: true)
        let early = harness.client("early")
        early.connect(properties: [.authenticationMethod("M")])
        harness.answerAuthentication(.challenge(data: [1]))
        early.takeAll()
        early.send(auth(.reauthenticate, [1]))
        #expect(early.isClosed)
    }

    @Test(
        "[MQTT-3.15.1-1] Reserved flags of AUTH that are set are malformed",
        arguments: [0xF1, 0xF2, 0xF8] as [UInt8])
    func reservedFlags(firstByte: UInt8) {
        let (_, client) = authenticated()
        var bytes = Raw.encoded(auth(.reauthenticate, [1]))
        bytes[0] = firstByte
        client.send(bytes: bytes)
        expectDisconnected(client, .malformedPacket)
    }

    @Test("[MQTT-3.15.2-1] Other reason codes than those of AUTH are malformed")
    func reasonCodes() {
        let (_, client) = authenticated()
        client.send(bytes: Raw.packet(0xF0, [0x87, 0]))
        #expect(client.isClosed)
        #expect(client.disconnectReason?.isFailure == true)
    }

    @Test(
        "[MQTT-3.15.2-2] [MQTT-3.15.2-3] AUTH carries nothing that the client's Maximum Packet Size has no room for"
    )
    func packetSize() {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client("alice")
        client.connect(properties: [.authenticationMethod("M"), .maximumPacketSize(20)])
        harness.answerAuthentication(.challenge(data: [1, 2, 3]))
        #expect(client.takeAll() == [auth(.continueAuthentication, [1, 2, 3])])
        client.send(auth(.continueAuthentication, [1]))
        harness.answerAuthentication(.challenge(data: [UInt8](repeating: 1, count: 100)))
        #expect(client.received.allSatisfy { if case .auth = $0 { false } else { true } })
    }

    @Test("A client that leaves during the exchange leaves nothing behind; a late answer finds nobody")
    func lateAnswer() {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client("alice")
        client.connect(properties: [.authenticationMethod("M")])
        client.loseConnection()
        harness.answerAuthentication(.accepted())
        #expect(harness.counters.connected == 0)
        #expect(harness.counters.sessions == 0)
    }

    @Test("A user name given by the authenticator replaces the client's")
    func userName() {
        let harness = EngineHarness(authenticates: true, authorizes: true)
        let client = harness.client("alice")
        client.connect(userName: "claimed")
        harness.answerAuthentication(.accepted(userName: "proved"))
        client.takeConnack().map { #expect($0.reasonCode == .success) }
        client.publish("a")
        #expect(harness.authorizer.requests.first?.userName == "proved")
    }

    private func auth(_ code: ReasonCode, _ data: [UInt8]) -> ControlPacket {
        .auth(Auth(reasonCode: code, properties: [.authenticationMethod("M"), .authenticationData(data)]))
    }

    private func authenticated() -> (EngineHarness, TestClient) {
        let harness = EngineHarness(authenticates: true)
        let client = harness.client("alice")
        client.connect(properties: [.authenticationMethod("M")])
        harness.answerAuthentication(.accepted())
        #expect(client.takeConnack()?.reasonCode == .success)
        harness.onAuthenticate = { $0.method == nil ? .accepted() : nil }
        return (harness, client)
    }
}
