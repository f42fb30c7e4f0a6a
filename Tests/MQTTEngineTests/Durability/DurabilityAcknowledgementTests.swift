import MQTTCodec
import MQTTEngine
import Testing

/// What is said only after it is stored: each answer waits for its batch.
@Suite("Durability: answers")
struct DurabilityAcknowledgementTests {
    /// A broker whose store the test drives, a stored session that is away, and a publisher.
    private func offline(_ qos: QoS, version: ProtocolVersion = .v5) -> (EngineHarness, TestClient) {
        let harness = EngineHarness(durable: true)
        let reader = harness.client("reader", version)
        reader.resume()
        reader.subscribe("t/#", qos: qos)
        reader.loseConnection()
        let publisher = harness.client("publisher", version)
        publisher.resume()
        harness.storesAtOnce = false
        return (harness, publisher)
    }

    @Test(
        "PUBACK and PUBREC wait until the message and its row are stored",
        arguments: [
            QoS.atLeastOnce, .exactlyOnce,
        ])
    func publishWaits(qos: QoS) {
        let (harness, publisher) = offline(qos)
        #expect(publisher.publish("t/a", "one", qos: qos) == nil)
        let batch = harness.beginBatch()
        #expect(batch?.operations.contains { if case .saveMessage = $0 { true } else { false } } == true)
        #expect(publisher.received.isEmpty)
        harness.finishBatch()
        #expect(publisher.takeAcknowledgement(qos == .atLeastOnce ? .puback : .pubrec) != nil)
    }

    @Test("[MQTT-4.6.0-2] PUBACKs leave in the order of their PUBLISHes, whichever became safe first")
    func pubacksInOrder() {
        let (harness, publisher) = offline(.atLeastOnce)
        #expect(publisher.publish("t/a", qos: .atLeastOnce, packetIdentifier: 1) == nil)
        // Nobody wants the second: nothing is owed for it, but the first.
        #expect(publisher.publish("u", qos: .atLeastOnce, packetIdentifier: 2) == nil)
        harness.beginBatch()
        #expect(publisher.publish("t/b", qos: .atLeastOnce, packetIdentifier: 3) == nil)
        harness.finishBatch()
        #expect(publisher.takeAcknowledgement(.puback)?.packetIdentifier == 1)
        #expect(publisher.takeAcknowledgement(.puback)?.packetIdentifier == 2)
        #expect(publisher.takeAcknowledgement(.puback) == nil)
        harness.storeAll()
        #expect(publisher.takeAcknowledgement(.puback)?.packetIdentifier == 3)
    }

    @Test("[MQTT-4.6.0-3] PUBRECs leave in the order of their PUBLISHes")
    func pubrecsInOrder() {
        let (harness, publisher) = offline(.exactlyOnce)
        for identifier in UInt16(1)...3 {
            #expect(
                publisher.publish("t/\(identifier)", qos: .exactlyOnce, packetIdentifier: identifier) == nil)
            harness.beginBatch()
        }
        harness.storeAll()
        for identifier in UInt16(1)...3 {
            #expect(publisher.takeAcknowledgement(.pubrec)?.packetIdentifier == identifier)
        }
    }

    @Test("Acknowledged before written is never written, and the publisher is answered at once")
    func neverWritten() {
        let harness = EngineHarness(durable: true)
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("t", qos: .atLeastOnce)
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        #expect(publisher.publish("t", "one", qos: .atLeastOnce, packetIdentifier: 7) == nil)
        let message = reader.takeMessage()
        #expect(message?.text == "one", "QoS 1 goes out ahead of its batch")
        reader.puback(message?.packetIdentifier ?? 0)
        #expect(publisher.takeAcknowledgement(.puback, 7) != nil)
        #expect(harness.beginBatch() == nil, "there is nothing to store")
        harness.storeEverything()
        #expect(harness.store?.savedMessages == 0)
    }

    @Test("A message is written once however many sessions wait, and removed when the last has it")
    func writtenOnce() {
        let harness = EngineHarness(durable: true)
        for name in ["a", "b", "c"] as [MQTTString] {
            let reader = harness.client(name)
            reader.resume()
            reader.subscribe("t", qos: .atLeastOnce)
            reader.loseConnection()
        }
        harness.connected("publisher").publish("t", "one", qos: .atLeastOnce)
        #expect(harness.store?.savedMessages == 1)
        #expect(harness.store?.deliveryRows == 3)
        for name in ["a", "b", "c"] as [MQTTString] {
            #expect(harness.store?.messageRows == 1)
            let reader = harness.client(name)
            reader.acknowledges = true
            reader.resume()
        }
        harness.storeEverything()
        #expect(harness.store?.state.messages.isEmpty == true)
        #expect(harness.store?.strays == [])
    }

    @Test("PUBCOMP to a publisher waits until its packet identifier is free in the store")
    func pubcompWaits() {
        let (harness, publisher) = offline(.exactlyOnce)
        publisher.publish("u", qos: .exactlyOnce, packetIdentifier: 5)
        harness.storeAll()
        #expect(publisher.takeAcknowledgement(.pubrec, 5) != nil)
        #expect(harness.store?.state.received.count == 1)
        #expect(publisher.pubrel(5) == nil)
        // 3.1 clients may repeat PUBREL on the same connection: no answer overtakes the store.
        #expect(publisher.pubrel(5) == nil)
        harness.storeAll()
        #expect(harness.store?.state.received.isEmpty == true)
        #expect(publisher.takeAcknowledgement(.pubcomp, 5)?.reasonCode == .success)
    }

    @Test("PUBREL to a subscriber waits until 'handed over' is stored")
    func pubrelWaits() {
        let (harness, publisher) = offline(.exactlyOnce)
        let reader = harness.client("reader")
        reader.resume()
        harness.storeAll()
        publisher.publish("t/a", "one", qos: .exactlyOnce)
        harness.storeAll()
        guard let message = reader.takeMessage() else {
            Issue.record("the message did not arrive")
            return
        }
        #expect(reader.pubrec(message.packetIdentifier) == nil)
        harness.storeAll()
        #expect(reader.takeAcknowledgement(.pubrel, message.packetIdentifier) != nil)
        #expect(harness.store?.state.deliveries.map(\.1.state) == [.released])
        #expect(harness.store?.state.messages.isEmpty == true)
    }

    @Test("SUBACK and UNSUBACK wait for the change to be stored")
    func subackWaits() {
        let harness = EngineHarness(durable: true)
        let client = harness.client("client")
        client.resume()
        harness.storesAtOnce = false
        #expect(client.subscribe("t", qos: .atLeastOnce) == nil)
        harness.beginBatch()
        #expect(client.received.isEmpty)
        harness.finishBatch()
        #expect(client.takeSubscriptionAcknowledgement(.suback, 1) != nil)
        #expect(harness.store?.state.subscriptions.count == 1)
        #expect(client.unsubscribe("t") == nil)
        harness.storeAll()
        #expect(client.takeSubscriptionAcknowledgement(.unsuback, 2) != nil)
        #expect(harness.store?.state.subscriptions.isEmpty == true)
    }

    @Test("CONNACK waits for the session and its will, if stored, and all behind it waits too")
    func connackWaits() {
        let harness = EngineHarness(durable: true)
        harness.storesAtOnce = false
        let client = harness.client("client")
        let will = Will(topic: "gone", payload: [1], qos: .atLeastOnce)
        #expect(client.connect(cleanStart: false, sessionExpiry: 60, will: will) == nil)
        client.send(.pingreq)
        #expect(client.received.isEmpty)
        harness.storeAll()
        #expect(client.takeConnack()?.reasonCode == .success)
        #expect(client.take { $0 == .pingresp ? true : nil } == true)
        #expect(harness.store?.state.sessions.first?.will?.topic == "gone")
    }

    @Test("CONNACK of a session that is not stored does not wait")
    func connackOfTransientSession() {
        let harness = EngineHarness(durable: true)
        harness.storesAtOnce = false
        #expect(harness.client("client").connect()?.reasonCode == .success)
        #expect(harness.beginBatch() == nil)
    }

    @Test("A retained message at QoS 1 is answered when it is stored; at QoS 0 nobody waits")
    func retainedWaits() {
        let harness = EngineHarness(durable: true)
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        publisher.publish("t", "zero", retain: true)
        #expect(harness.beginBatch() == nil)
        #expect(publisher.publish("t", "one", qos: .atLeastOnce, retain: true) == nil)
        harness.storeAll()
        #expect(publisher.takeAcknowledgement(.puback) != nil)
        #expect(harness.store?.state.retained.count == 1)
        #expect(harness.store?.strays == [])
    }
}
