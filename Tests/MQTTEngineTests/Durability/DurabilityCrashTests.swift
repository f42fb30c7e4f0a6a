import MQTTCodec
import MQTTEngine
import Testing

/// A broker that dies comes back as if nothing had happened.
@Suite("Durability: after a crash")
struct DurabilityCrashTests {
    private let harness = EngineHarness(durable: true)

    private func session(_ name: MQTTString, _ filter: MQTTString, _ qos: QoS) -> TestClient {
        let client = harness.client(name)
        client.resume()
        client.subscribe(filter, qos: qos)
        return client
    }

    private func back(_ name: MQTTString) -> TestClient {
        let client = harness.client(name)
        #expect(client.resume()?.sessionPresent == true)
        return client
    }

    @Test(
        "[MQTT-4.3.3-5] QoS 2 goes out only when its identifier is stored: the same one, and DUP, after a crash"
    )
    func qos2SameIdentifier() {
        let reader = session("reader", "t", .exactlyOnce)
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        publisher.publish("t", "one", qos: .exactlyOnce)
        #expect(reader.messages.isEmpty)
        harness.beginBatch()
        #expect(reader.messages.isEmpty)
        harness.finishBatch()
        let first = reader.takeMessage()
        #expect(first?.text == "one" && first?.dup == false)
        harness.storesAtOnce = true
        harness.crash()
        let again = back("reader")
        let second = again.takeMessage()
        #expect(second?.packetIdentifier == first?.packetIdentifier)
        #expect(second?.dup == true && second?.text == "one")
        #expect(again.pubrec(second?.packetIdentifier ?? 0) != nil)
        again.pubcomp(second?.packetIdentifier ?? 0)
        harness.storeEverything()
        harness.crash()
        #expect(back("reader").received.isEmpty)
        #expect(harness.store?.strays == [])
    }

    @Test("[MQTT-4.3.3-10] A QoS 2 message is not forwarded before its id is stored, nor again after a crash")
    func receivedIdentifierFirst() {
        let reader = session("reader", "t", .atMostOnce)
        let publisher = session("publisher", "x", .atMostOnce)
        harness.storesAtOnce = false
        #expect(publisher.publish("t", "one", qos: .exactlyOnce, packetIdentifier: 9) == nil)
        #expect(reader.messages.isEmpty, "not even at QoS 0")
        harness.storeAll()
        #expect(reader.payloads == ["one"])
        harness.storesAtOnce = true
        harness.crash()
        let reading = back("reader")
        let again = back("publisher")
        #expect(again.publish("t", "one", qos: .exactlyOnce, dup: true, packetIdentifier: 9) != nil)
        #expect(reading.messages.isEmpty)
        #expect(again.pubrel(9)?.reasonCode == .success)
        #expect(again.publish("t", "two", qos: .exactlyOnce, packetIdentifier: 9) != nil)
        #expect(reading.payloads == ["two"], "the identifier is free")
    }

    @Test("A batch that reached the disk just before the crash counts, though nobody was told")
    func storedButNotTold() {
        let reader = session("reader", "t", .exactlyOnce)
        reader.loseConnection()
        let publisher = session("publisher", "x", .atMostOnce)
        harness.storesAtOnce = false
        publisher.publish("t", "one", qos: .exactlyOnce, packetIdentifier: 3)
        harness.beginBatch()
        harness.storesAtOnce = true
        harness.crash(batchReachedDisk: true)
        let again = back("publisher")
        #expect(again.publish("t", "one", qos: .exactlyOnce, dup: true, packetIdentifier: 3) != nil)
        #expect(again.pubrel(3) != nil)
        #expect(back("reader").payloads == ["one"])
    }

    @Test("[MQTT-4.3.3-6] What was handed over is not delivered again: PUBREL goes out instead")
    func releasedStaysReleased() {
        let reader = session("reader", "t", .exactlyOnce)
        harness.connected("publisher").publish("t", "one", qos: .exactlyOnce)
        let message = reader.takeMessage()
        #expect(reader.pubrec(message?.packetIdentifier ?? 0) != nil)
        harness.crash()
        let again = back("reader")
        #expect(again.messages.isEmpty)
        #expect(again.takeAcknowledgement(.pubrel, message?.packetIdentifier) != nil)
    }

    @Test("PUBREC that was not stored: no PUBREL was sent, and the message comes again with its identifier")
    func pubrecLost() {
        let reader = session("reader", "t", .exactlyOnce)
        harness.connected("publisher").publish("t", "one", qos: .exactlyOnce)
        let message = reader.takeMessage()
        harness.storesAtOnce = false
        #expect(reader.pubrec(message?.packetIdentifier ?? 0) == nil)
        harness.storesAtOnce = true
        harness.crash()
        let again = back("reader").takeMessage()
        #expect(again?.dup == true && again?.packetIdentifier == message?.packetIdentifier)
    }

    @Test("[MQTT-3.1.2-4] A session that Clean Start discarded does not come back")
    func cleanStartIsStored() {
        session("reader", "t", .atLeastOnce).loseConnection()
        harness.connected("publisher").publish("t", "old", qos: .atLeastOnce)
        harness.storesAtOnce = false
        let fresh = harness.client("reader")
        #expect(fresh.connect() == nil, "CONNACK waits although the new session is not stored")
        harness.storeAll()
        #expect(fresh.takeConnack()?.sessionPresent == false)
        harness.storesAtOnce = true
        harness.crash()
        let again = harness.client("reader")
        #expect(again.resume()?.sessionPresent == false)
        #expect(again.messages.isEmpty)
        harness.storeEverything()
        #expect(harness.store?.state.messages.isEmpty == true)
    }

    @Test("Clean Start that was not acknowledged has not happened")
    func cleanStartLost() {
        session("reader", "t", .atLeastOnce).loseConnection()
        harness.connected("publisher").publish("t", "old", qos: .atLeastOnce)
        harness.storesAtOnce = false
        _ = harness.client("reader").connect()
        harness.storesAtOnce = true
        harness.crash()
        #expect(back("reader").payloads == ["old"])
    }

    @Test("Subscriptions are the last acknowledged, with all their options")
    func subscriptions() {
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("a", qos: .atLeastOnce, retainAsPublished: true, identifier: 268_435_455)
        reader.subscribe("b", qos: .exactlyOnce)
        reader.subscribe("b", qos: .atLeastOnce)
        reader.subscribe("own", qos: .atLeastOnce, noLocal: true)
        reader.subscribe("c", qos: .atLeastOnce)
        reader.unsubscribe("c")
        harness.storesAtOnce = false
        _ = reader.unsubscribe("b")
        harness.storesAtOnce = true
        harness.crash()
        let again = back("reader")
        again.acknowledges = true
        let publisher = harness.connected("publisher")
        publisher.publish("a", "1", qos: .exactlyOnce, retain: true)
        publisher.publish("b", "2", qos: .exactlyOnce)
        publisher.publish("c", "3", qos: .exactlyOnce)
        again.publish("own", "4", qos: .atLeastOnce)
        #expect(again.payloads == ["1", "2"])
        #expect(again.messages.first?.retain == true)
        #expect(again.messages.first?.properties.subscriptionIdentifiers == [268_435_455])
        #expect(again.messages.map(\.qos) == [.atLeastOnce, .atLeastOnce])
    }

    @Test("The retained message is the last acknowledged; one that was removed stays away")
    func retained() {
        let publisher = harness.connected("publisher")
        publisher.publish("a", "1", qos: .atLeastOnce, retain: true)
        publisher.publish("a", "2", qos: .atLeastOnce, retain: true)
        publisher.publish("b", "1", qos: .exactlyOnce, retain: true)
        publisher.publish("b", "", qos: .atLeastOnce, retain: true)
        publisher.publish("c", "zero", retain: true)
        harness.storeEverything()
        harness.storesAtOnce = false
        _ = publisher.publish("a", "lost", qos: .atLeastOnce, retain: true)
        harness.storesAtOnce = true
        harness.crash()
        let reader = harness.connected("reader")
        reader.subscribe("#", qos: .atLeastOnce)
        #expect(Set(reader.payloads) == ["2", "zero"])
        #expect(harness.store?.strays == [])
    }

    @Test("Retained messages that a subscription was promised come after a crash")
    func replayGoesOn() {
        let publisher = harness.connected("publisher")
        publisher.publish("a", "1", qos: .atLeastOnce, retain: true)
        publisher.publish("b", "2", qos: .atLeastOnce, retain: true)
        let reader = harness.client("reader")
        reader.connect(cleanStart: false, sessionExpiry: 3600, properties: [.receiveMaximum(1)])
        #expect(reader.subscribe("#", qos: .atLeastOnce) == .grantedQoS1)
        #expect(reader.messages.count == 1)
        harness.crash()
        let again = back("reader")
        #expect(Set(again.payloads) == ["1", "2"])
    }

    @Test("[MQTT-4.6.0-1] The order of a queue is kept, what was in flight comes first")
    func order() {
        let reader = harness.client("reader")
        reader.connect(cleanStart: false, sessionExpiry: 3600, properties: [.receiveMaximum(2)])
        reader.subscribe("t", qos: .exactlyOnce)
        let publisher = harness.connected("publisher")
        for number in 0..<20 {
            publisher.publish("t", "\(number)", qos: number % 3 == 0 ? .exactlyOnce : .atLeastOnce)
        }
        #expect(reader.payloads == ["0", "1"])
        harness.crash()
        let again = harness.client("reader")
        again.acknowledges = true
        again.connect(cleanStart: false, sessionExpiry: 3600, properties: [.receiveMaximum(2)])
        #expect(again.payloads == (0..<20).map { "\($0)" })
        harness.storeEverything()
        #expect(harness.store?.state.messages.isEmpty == true)
        #expect(harness.store?.strays == [])
    }

    @Test("A second crash right after the restart loses nothing")
    func crashAfterCrash() {
        session("reader", "t", .exactlyOnce).loseConnection()
        let publisher = session("publisher", "x", .atMostOnce)
        publisher.publish("t", "one", qos: .exactlyOnce, packetIdentifier: 1)
        publisher.publish("t", "two", qos: .atLeastOnce)
        publisher.publish("r", "kept", qos: .atLeastOnce, retain: true)
        harness.crash()
        harness.crash()
        harness.storesAtOnce = false
        harness.crash()
        harness.storesAtOnce = true
        harness.crash()
        let again = back("publisher")
        again.publish("t", "one", qos: .exactlyOnce, dup: true, packetIdentifier: 1)
        let reader = back("reader")
        #expect(reader.payloads == ["one", "two"])
        #expect(Set(reader.messages.map(\.packetIdentifier)).count == 2)
        reader.subscribe("r")
        #expect(reader.payloads == ["one", "two", "kept"])
    }

    @Test("What a restored broker adds does not collide with what it restored")
    func numbersGoOn() {
        session("reader", "t", .exactlyOnce).loseConnection()
        for round in 0..<4 {
            let publisher = harness.connected("publisher")
            publisher.publish("t", "\(round)a", qos: .atLeastOnce)
            publisher.publish("t", "\(round)b", qos: .exactlyOnce)
            session("other\(round)", "t", .atLeastOnce).loseConnection()
            harness.crash()
        }
        #expect(back("reader").payloads == (0..<4).flatMap { ["\($0)a", "\($0)b"] })
        #expect(harness.counters.sessions == 5)
    }
}
