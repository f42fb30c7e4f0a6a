import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("CONNACK, section 3.2")
struct ConnackTests {
    @Test(
        "[MQTT-3.2.0-1] [MQTT-3.2.0-2] [MQTT-3.2.2-1] CONNACK is the first packet, there is one, and its reserved flags are 0",
        arguments: ProtocolVersion.allCases)
    func first(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.client("alice", version)
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        client.loseConnection()
        harness.connected("bob").publish("a", "waiting", qos: .atLeastOnce)
        let again = client.again()
        again.send(
            .connect(
                Connect(
                    version: version, cleanStart: false, clientIdentifier: "alice",
                    properties: version == .v5 ? [.sessionExpiryInterval(10)] : [])))
        guard case .connack = again.received.first else {
            Issue.record("the first packet is \(again.received)")
            return
        }
        #expect(again.takeConnack() != nil)
        #expect(again.takeConnack() == nil)
        #expect(again.payloads == ["waiting"])
    }

    @Test(
        "[MQTT-3.2.2-2] [MQTT-3.2.2-3] [MQTT-3.1.1/3.2.2-1] [MQTT-3.1.1/3.2.2-2] [MQTT-3.1.1/3.2.2-3] Session Present tells whether there was a session that goes on",
        arguments: [ProtocolVersion.v3_1_1, .v5])
    func sessionPresent(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.client("alice", version)
        let created = first.resume()
        #expect(created == Connack(properties: created?.properties ?? []))
        first.loseConnection()
        let second = first.again()
        let resumed = second.resume()
        #expect(resumed?.sessionPresent == true)
        #expect(resumed?.reasonCode == .success)
        second.loseConnection()
        let third = first.again()
        let cleaned = third.connect(cleanStart: true)
        #expect(cleaned?.sessionPresent == false)
        #expect(cleaned?.reasonCode == .success)
        third.loseConnection()
        #expect(first.again().resume()?.sessionPresent == false)
    }

    @Test("MQTT 3.1 has no Session Present flag: it stays 0")
    func sessionPresentOf31() {
        let harness = EngineHarness()
        let first = harness.client("alice", .v3_1)
        first.resume()
        first.subscribe("a", qos: .atLeastOnce)
        first.loseConnection()
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        let second = first.again()
        #expect(second.resume()?.sessionPresent == false)
        #expect(second.payloads == ["x"])
    }

    @Test(
        "[MQTT-3.2.2-6] [MQTT-3.2.2-7] [MQTT-3.1.1/3.2.2-4] [MQTT-3.1.1/3.2.2-5] A refusal has Session Present 0 and ends the connection, and the session stays",
        arguments: [ProtocolVersion.v3_1_1, .v5])
    func refusal(version: ProtocolVersion) {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { _ in .accepted() }
        let client = harness.client("alice", version)
        client.resume()
        client.loseConnection()
        harness.onAuthenticate = { _ in .refused(.notAuthorized) }
        let refused = client.again()
        expectRefused(refused, refused.resume(), .notAuthorized)
        harness.onAuthenticate = { _ in .accepted() }
        #expect(client.again().resume()?.sessionPresent == true)
    }

    @Test(
        "[MQTT-3.2.2-8] [MQTT-3.1.1/3.2.2-6] Whatever the authenticator says, the code is one of CONNACK's",
        arguments: [
            ReasonCode.banned, .badUserNameOrPassword, .notAuthorized, .serverBusy, .quotaExceeded,
            .keepAliveTimeout, .success, .sessionTakenOver,
        ], ProtocolVersion.allCases)
    func codes(reason: ReasonCode, version: ProtocolVersion) {
        let harness = EngineHarness(authenticates: true)
        harness.onAuthenticate = { _ in .refused(reason) }
        let client = harness.client("alice", version)
        // Decoding the CONNACK checks that the code is legal in it.
        let connack = client.connect()
        #expect(client.isClosed)
        #expect(connack.map { $0.reasonCode.isFailure } ?? true)
        #expect(harness.counters.connected == 0)
    }

    @Test(
        "[MQTT-3.2.2-9] [MQTT-3.2.2-11] A lower maximum QoS is told, a full one is not, and a publish above it is refused with 0x9B"
    )
    func maximumQoS() {
        #expect(EngineHarness().client().connect()?.properties.maximumQoS == nil)
        for (qos, tooHigh) in [(QoS.atMostOnce, QoS.atLeastOnce), (.atLeastOnce, .exactlyOnce)] {
            let harness = EngineHarness { $0.offer.maximumQoS = qos }
            let client = harness.client()
            #expect(client.connect()?.properties.maximumQoS == qos.rawValue)
            client.publish("a", qos: qos)
            #expect(client.isOpen)
            client.publish("a", qos: tooHigh)
            expectDisconnected(client, .qosNotSupported)
        }
    }

    @Test("[MQTT-3.2.2-10] A server of a lower QoS still accepts subscriptions of every QoS")
    func subscribeAboveMaximum() {
        let harness = EngineHarness { $0.offer.maximumQoS = .atMostOnce }
        let client = harness.connected("alice")
        for (index, qos) in QoS.allCases.enumerated() {
            let reason = client.subscribe("a/\(index)", qos: qos)
            #expect(reason.map { $0.rawValue <= qos.rawValue } == true)
        }
    }

    @Test(
        "[MQTT-3.2.2-12] A Will QoS above the maximum is refused with 0x9B",
        arguments: ProtocolVersion.allCases)
    func willQoS(version: ProtocolVersion) {
        let harness = EngineHarness { $0.offer.maximumQoS = .atLeastOnce }
        let client = harness.client("alice", version)
        expectRefused(client, client.connect(will: Will(topic: "w", qos: .exactlyOnce)), .qosNotSupported)
        let modest = harness.client("alice", version)
        #expect(modest.connect(will: Will(topic: "w", qos: .atLeastOnce))?.reasonCode == .success)
    }

    @Test(
        "[MQTT-3.2.2-13] [MQTT-3.2.2-14] Without retained messages a Will Retain is refused with 0x9A, and a retained publish ends the connection",
        arguments: ProtocolVersion.allCases)
    func noRetain(version: ProtocolVersion) {
        let harness = EngineHarness { $0.offer.retainAvailable = false }
        let will = harness.client("alice", version)
        expectRefused(will, will.connect(will: Will(topic: "w", retain: true)), .retainNotSupported)
        let client = harness.client("bob", version)
        let connack = client.connect()
        #expect(connack?.properties.retainAvailable == (version == .v5 ? 0 : nil))
        client.publish("a", "x", retain: true)
        expectDisconnected(client, .retainNotSupported)
        #expect(harness.counters.retainedMessages == 0)
    }

    @Test("What the server offers stands in CONNACK, and only to 5.0 clients")
    func offer() {
        let harness = EngineHarness {
            $0.offer.receiveMaximum = 7
            $0.offer.topicAliasMaximum = 3
            $0.offer.wildcardSubscriptionAvailable = false
            $0.offer.subscriptionIdentifierAvailable = false
            $0.offer.sharedSubscriptionAvailable = false
            $0.limits.packetSize = 4096
        }
        let properties = harness.client("a").connect()?.properties
        #expect(properties?.receiveMaximum == 7)
        #expect(properties?.topicAliasMaximum == 3)
        #expect(properties?.wildcardSubscriptionAvailable == 0)
        #expect(properties?.subscriptionIdentifierAvailable == 0)
        #expect(properties?.sharedSubscriptionAvailable == 0)
        #expect(properties?.maximumPacketSize == 4096)
        #expect(harness.client("b", .v3_1_1).connect() == Connack())
        #expect(harness.client("c", .v3_1).connect() == Connack())
    }

    @Test("[MQTT-3.2.2-19] [MQTT-3.2.2-20] A reason string is left out where CONNACK would get too large")
    func reasonString() {
        let harness = EngineHarness(authenticates: true)
        let long = String(repeating: "long ", count: 20)
        harness.onAuthenticate = { _ in .refused(.notAuthorized, reasonString: long) }
        let spacious = harness.client("a").connect()
        #expect(spacious?.properties.reasonString == MQTTString(long))
        let narrow = harness.client("b")
        let connack = narrow.connect(properties: [.maximumPacketSize(50)])
        expectRefused(narrow, connack, .notAuthorized)
        #expect(connack?.properties.reasonString == nil)
        #expect(connack?.properties.userProperties.isEmpty == true)
    }

    @Test("[MQTT-3.1.2-28] Response Information goes only to clients that ask for it")
    func responseInformation() {
        let harness = EngineHarness { $0.offer.responseInformation = "answers/" }
        #expect(harness.client("a").connect()?.properties.responseInformation == nil)
        let declined = harness.client("b").connect(properties: [.requestResponseInformation(0)])
        #expect(declined?.properties.responseInformation == nil)
        let asked = harness.client("c").connect(properties: [.requestResponseInformation(1)])
        #expect(asked?.properties.responseInformation == "answers/")
    }

    @Test("Server Reference sends clients elsewhere, 0x9C or 0x9D, section 4.11", arguments: [false, true])
    func redirection(isPermanent: Bool) {
        let harness = EngineHarness {
            $0.offer.redirection = .init(isPermanent: isPermanent, serverReference: "other.example:1883")
        }
        let client = harness.client()
        let connack = client.connect()
        expectRefused(client, connack, isPermanent ? .serverMoved : .useAnotherServer)
        #expect(connack?.properties.serverReference == "other.example:1883")
        let old = harness.client("old", .v3_1_1)
        expectRefused(old, old.connect(), .serverUnavailable)
    }

    @Test("A session expiry above the bound is cut, and the client is told")
    func sessionExpiryBound() {
        let harness = EngineHarness { $0.limits.sessionExpiryInterval = 60 }
        #expect(harness.client("a").connect(sessionExpiry: 61)?.properties.sessionExpiryInterval == 60)
        #expect(harness.client("b").connect(sessionExpiry: 60)?.properties.sessionExpiryInterval == nil)
        let old = harness.client("c", .v3_1_1)
        old.resume()
        old.loseConnection()
        harness.advance(seconds: 62)
        #expect(old.again().resume()?.sessionPresent == false)
    }

    @Test("Above the bound on stored sessions a client is accepted, and told that its session ends with it")
    func tooManySessions() {
        let harness = EngineHarness { $0.limits.storedSessions = 1 }
        let first = harness.client("a")
        first.connect(sessionExpiry: 100)
        first.loseConnection()
        let second = harness.client("b")
        let connack = second.connect(sessionExpiry: 100)
        #expect(connack?.reasonCode == .success)
        #expect(connack?.properties.sessionExpiryInterval == 0)
        second.loseConnection()
        #expect(harness.client("b").connect(cleanStart: false)?.sessionPresent == false)
        #expect(harness.client("a").connect(cleanStart: false)?.sessionPresent == true)
    }
}
