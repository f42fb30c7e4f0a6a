import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Sessions, sections 3.1.2.4, 3.1.2.11.2 and 4.1")
struct SessionTests {
    @Test(
        "[MQTT-3.1.2-4] [MQTT-3.1.4-4] Clean Start discards the session and begins anew",
        arguments: ProtocolVersion.allCases)
    func cleanStart(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.client("alice", version)
        first.resume()
        first.subscribe("a", qos: .atLeastOnce)
        first.loseConnection()
        let bob = harness.connected("bob")
        bob.publish("a", "queued", qos: .atLeastOnce)
        let second = first.again()
        #expect(second.connect(cleanStart: true)?.sessionPresent == false)
        bob.publish("a", "later", qos: .atLeastOnce)
        #expect(second.received.isEmpty)
        #expect(harness.counters.subscriptions == 0)
        #expect(harness.counters.storedMessages == 0)
        #expect(harness.events.contains(.sessionEnded(clientIdentifier: "alice", .cleanStart)))
    }

    @Test(
        "[MQTT-3.1.2-5] [MQTT-3.1.2-6] [MQTT-3.1.2-23] [MQTT-4.5.0-1] [MQTT-3.1.1/3.1.2-4] [MQTT-3.1.1/3.1.2-5] A session goes on with its subscriptions and what came while it was away",
        arguments: ProtocolVersion.allCases)
    func resumption(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.client("alice", version)
        #expect(first.resume()?.sessionPresent == false)
        first.subscribe("a", qos: .exactlyOnce)
        first.loseConnection()
        let bob = harness.connected("bob")
        for (text, qos) in [("1", QoS.atLeastOnce), ("2", .exactlyOnce), ("3", .atLeastOnce)] {
            bob.publishCompletely("a", text, qos: qos)
        }
        #expect(harness.counters.queuedMessages == 3)
        let second = first.again()
        #expect(second.resume()?.sessionPresent == (version != .v3_1))
        #expect(second.payloads == ["1", "2", "3"])
        #expect(second.messages.map(\.dup) == [false, false, false])
        bob.publish("a", "4", qos: .atLeastOnce)
        #expect(second.payloads == ["1", "2", "3", "4"])
    }

    @Test(
        "[MQTT-4.1.0-2] Without an expiry interval the session ends with its connection",
        arguments: ProtocolVersion.allCases)
    func endsWithConnection(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.client("alice", version)
        first.connect(cleanStart: true)
        first.subscribe("a", qos: .atLeastOnce)
        first.loseConnection()
        #expect(harness.counters.sessions == 0)
        #expect(harness.counters.subscriptions == 0)
        #expect(first.again().resume()?.sessionPresent == false)
    }

    @Test("[MQTT-3.1.1/3.1.2-6] The state of a Clean Session 1 connection is not used by the next session")
    func cleanSession() {
        let harness = EngineHarness()
        let first = harness.client("alice", .v3_1_1)
        first.connect(cleanStart: true)
        first.subscribe("a", qos: .atLeastOnce)
        let second = first.again()
        #expect(second.resume()?.sessionPresent == false)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        #expect(second.messages.isEmpty)
    }

    @Test("Clean Start with an expiry interval stores the new session")
    func cleanStartStored() {
        let harness = EngineHarness()
        let first = harness.client("alice")
        first.connect(cleanStart: true, sessionExpiry: 100)
        first.loseConnection()
        #expect(first.again().connect(cleanStart: false)?.sessionPresent == true)
    }

    @Test(
        "[MQTT-4.1.0-2] [MQTT-3.1.2-23] A session is kept until its expiry interval has passed, and then ends"
    )
    func expiry() {
        let harness = EngineHarness()
        let first = harness.client("alice")
        first.connect(sessionExpiry: 100)
        first.subscribe("a", qos: .atLeastOnce)
        // The interval runs from the end of the connection, not from its beginning.
        harness.advance(seconds: 1000)
        #expect(first.isOpen)
        first.loseConnection()
        harness.advance(seconds: 99)
        #expect(harness.counters.sessions == 1)
        let second = first.again()
        #expect(second.connect(cleanStart: false, sessionExpiry: 100)?.sessionPresent == true)
        harness.advance(seconds: 200)
        second.loseConnection()
        harness.advance(seconds: 102)
        #expect(harness.counters.sessions == 0)
        #expect(harness.counters.sessionsExpired == 1)
        #expect(harness.events.contains(.sessionEnded(clientIdentifier: "alice", .expired)))
        #expect(first.again().connect(cleanStart: false)?.sessionPresent == false)
    }

    @Test(
        "A Session Expiry Interval of 0xFFFFFFFF never passes; nor does a session of 3.x",
        arguments: ProtocolVersion.allCases)
    func never(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.client("alice", version)
        first.connect(cleanStart: false, sessionExpiry: version == .v5 ? .max : nil)
        first.subscribe("a", qos: .atLeastOnce)
        first.loseConnection()
        harness.advance(seconds: 10 * 365 * 86_400)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        let second = first.again()
        second.resume()
        #expect(second.payloads == ["x"])
    }

    @Test("DISCONNECT may change the expiry interval")
    func changedAtDisconnect() {
        let harness = EngineHarness()
        let longer = harness.client("longer")
        longer.connect(sessionExpiry: 10)
        longer.disconnect(properties: [.sessionExpiryInterval(100)])
        let ended = harness.client("ended")
        ended.connect(sessionExpiry: 100)
        ended.disconnect(properties: [.sessionExpiryInterval(0)])
        harness.advance(seconds: 50)
        #expect(longer.again().connect(cleanStart: false)?.sessionPresent == true)
        #expect(ended.again().connect(cleanStart: false)?.sessionPresent == false)
    }

    @Test("An expiry interval of 0 in CONNECT cannot become another one in DISCONNECT: 0x82")
    func changedFromZero() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.disconnect(properties: [.sessionExpiryInterval(100)])
        expectDisconnected(client, .protocolError)
        #expect(client.again().connect(cleanStart: false)?.sessionPresent == false)
    }

    @Test("Resuming with another expiry interval replaces the old one")
    func changedAtConnect() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(sessionExpiry: 1000)
        client.loseConnection()
        let again = client.again()
        #expect(again.connect(cleanStart: false)?.sessionPresent == true)
        again.loseConnection()
        #expect(client.again().connect(cleanStart: false)?.sessionPresent == false)
    }

    @Test("[MQTT-4.1.0-1] State is kept while the connection is open, however long")
    func keptWhileOpen() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(sessionExpiry: 1)
        client.subscribe("a", qos: .atLeastOnce)
        harness.advance(seconds: 100_000)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        #expect(client.payloads == ["x"])
    }

    @Test(
        "[MQTT-3.3.1-1] [MQTT-4.4.0-1] [MQTT-4.6.0-1] [MQTT-3.1.1/4.4.0-1] Resumption sends unacknowledged packets again: original identifiers and order, PUBLISH with DUP",
        arguments: ProtocolVersion.allCases)
    func resend(version: ProtocolVersion) {
        let harness = EngineHarness()
        let first = harness.client("alice", version)
        first.resume()
        first.subscribe("#", qos: .exactlyOnce)
        let bob = harness.connected("bob")
        for index in 0..<6 {
            bob.publishCompletely("t/\(index)", "\(index)", qos: index % 2 == 0 ? .exactlyOnce : .atLeastOnce)
        }
        let sent = first.takeMessages()
        #expect(sent.count == 6)
        guard sent.count == 6 else { return }
        first.puback(sent[1].packetIdentifier)
        first.pubrec(sent[2].packetIdentifier)
        first.loseConnection()
        bob.publish("t/new", "new", qos: .atLeastOnce)
        let second = first.again()
        second.resume()
        let messages = second.messages
        #expect(messages.map(\.text) == ["0", "3", "4", "5", "new"])
        #expect(messages.map(\.dup) == [true, true, true, true, false])
        #expect(messages.prefix(4).map(\.packetIdentifier) == [0, 3, 4, 5].map { sent[$0].packetIdentifier })
        #expect(second.takeAcknowledgement(.pubrel)?.packetIdentifier == sent[2].packetIdentifier)
        let used = Set(sent.map(\.packetIdentifier)).subtracting([sent[1].packetIdentifier])
        #expect(!used.contains(messages.last?.packetIdentifier ?? 0), "[MQTT-2.2.1-4]")
    }

    @Test(
        "[MQTT-4.4.0-1] Nothing is sent again on an open connection",
        arguments: [QoS.atLeastOnce, .exactlyOnce])
    func noTimer(qos: QoS) {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("a", qos: qos)
        harness.connected("bob").publishCompletely("a", "x", qos: qos)
        client.takeMessages()
        harness.advance(seconds: 1_000_000)
        #expect(client.received.isEmpty)
        #expect(client.isOpen)
    }

    @Test("[MQTT-4.4.0-1] Nothing is sent again to a client that starts clean")
    func noResendAfterCleanStart() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        client.loseConnection()
        let again = client.again()
        again.connect(cleanStart: true)
        #expect(again.received.isEmpty)
        #expect(harness.counters.inFlightMessages == 0)
    }

    @Test("[MQTT-3.1.4-3] Taking over resends what the first connection did not acknowledge")
    func takeOverResends() {
        let harness = EngineHarness()
        let first = harness.client("alice")
        first.resume()
        first.subscribe("a", qos: .atLeastOnce)
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        let identifier = first.messages.first?.packetIdentifier
        let second = first.again()
        #expect(second.resume()?.sessionPresent == true)
        #expect(second.messages.map(\.dup) == [true])
        #expect(second.messages.first?.packetIdentifier == identifier)
    }

    @Test("A session may go on in another version of the protocol")
    func otherVersion() {
        let harness = EngineHarness()
        let first = harness.client("alice", .v5)
        first.resume()
        first.subscribe("a", qos: .atLeastOnce, identifier: 3)
        let bob = harness.connected("bob")
        bob.publish("a", "1", qos: .atLeastOnce, properties: [.contentType("text")])
        first.loseConnection()
        bob.publish("a", "2", qos: .atLeastOnce, properties: [.contentType("text")])
        let old = harness.client("alice", .v3_1_1)
        #expect(old.resume()?.sessionPresent == true)
        #expect(old.payloads == ["1", "2"])
        old.loseConnection()
        let new = harness.client("alice", .v5)
        new.resume()
        #expect(new.payloads == ["1", "2"])
        #expect(new.messages.allSatisfy { $0.dup && $0.properties.contentType == "text" })
    }

    @Test(
        "[MQTT-4.6.0-5] [MQTT-4.6.0-6] Order holds per publisher, topic and QoS, across the way from queue to live",
        arguments: [QoS.atLeastOnce, .exactlyOnce])
    func order(qos: QoS) {
        let harness = EngineHarness()
        let first = harness.client("alice")
        first.resume(properties: [.receiveMaximum(4)])
        first.subscribe("a", qos: qos)
        let bob = harness.connected("bob")
        var number = 0
        func publish(_ count: Int) {
            for _ in 0..<count {
                bob.publishCompletely("a", "\(number)", qos: qos)
                number += 1
            }
        }
        publish(10)
        first.loseConnection()
        publish(10)
        let second = first.again()
        second.acknowledges = true
        second.resume(properties: [.receiveMaximum(4)])
        publish(10)
        #expect(second.payloads == (0..<30).map(String.init))
    }

    @Test("[MQTT-4.6.0-5] Order holds with several publishers at once, each for itself")
    func orderOfSeveral() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("#", qos: .atMostOnce)
        let publishers = (0..<4).map { harness.connected("p\($0)") }
        for round in 0..<25 {
            for publisher in publishers { publisher.publish("t", "\(publisher.identifier) \(round)") }
        }
        for publisher in publishers {
            let own = client.payloads.filter { $0.hasPrefix("\(publisher.identifier) ") }
            #expect(own == (0..<25).map { "\(publisher.identifier) \($0)" })
        }
    }

    @Test("All 65,535 identifiers in use: more messages wait for one that is free")
    func identifiersExhausted() {
        let harness = EngineHarness { $0.limits.inFlight = .max }
        let client = harness.connected("alice")
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        for _ in 0..<65_540 { bob.publish("a", qos: .atLeastOnce) }
        let sent = client.takeMessages()
        #expect(Set(sent.map(\.packetIdentifier)).count == 65_535)
        #expect(client.isOpen)
        #expect(harness.counters.queuedMessages == 5)
        guard sent.count == 65_535 else { return }
        client.puback(sent[40_000].packetIdentifier)
        #expect(client.messages.map(\.packetIdentifier) == [sent[40_000].packetIdentifier])
    }
}
