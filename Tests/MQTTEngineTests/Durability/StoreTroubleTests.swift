import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

/// A full or failing disk: nobody is promised what cannot be kept.
@Suite("Durability: a store that cannot write")
struct StoreTroubleTests {
    private let harness = EngineHarness(durable: true)

    private func reader(_ name: MQTTString = "reader") -> TestClient {
        let client = harness.client(name)
        client.acknowledges = true
        client.resume()
        client.subscribe("t", qos: .atLeastOnce)
        return client
    }

    /// From now on nothing is stored.
    private func fail(_ kind: StoreTrouble.Kind) {
        harness.storesAtOnce = false
        harness.storeTroubled(StoreTrouble(kind, "make room"))
    }

    private func recover() {
        harness.storesAtOnce = true
        harness.storeTroubled(nil)
        harness.storeAll()
    }

    @Test(
        "[MQTT-4.13.1-1] 5.0 publishers are told 0x97 on a full disk, 0x83 on a failing one, until it recovers",
        arguments: [
            (StoreTrouble.Kind.full, ReasonCode.quotaExceeded), (.failing, .implementationSpecificError),
        ])
    func publishersAreTold(_ kind: StoreTrouble.Kind, _ reason: ReasonCode) {
        let away = reader()
        away.loseConnection()
        let publisher = harness.connected("publisher")
        fail(kind)
        #expect(publisher.publish("t", "1", qos: .atLeastOnce)?.reasonCode == reason)
        #expect(publisher.publish("t", "2", qos: .exactlyOnce)?.reasonCode == reason)
        #expect(publisher.publish("r", "3", qos: .atLeastOnce, retain: true)?.reasonCode == reason)
        #expect(harness.drops(.unstorable) == 3)
        recover()
        #expect(publisher.publish("t", "4", qos: .atLeastOnce)?.reasonCode == .success)
        #expect(reader().payloads == ["4"])
    }

    @Test(
        "So are publishers whose readers are at home on another shard", arguments: ["t", "$share/group/t"])
    func elsewhere(filter: MQTTString) {
        let harness = EngineHarness(durable: true, shards: 2)
        harness.nextShard = 1
        let away = harness.client("reader")
        away.acknowledges = true
        away.resume()
        away.subscribe(filter, qos: .atLeastOnce)
        away.loseConnection()
        harness.nextShard = 0
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        harness.storeTroubled(StoreTrouble(.full, "make room"))
        #expect(publisher.publish("t", "1", qos: .atLeastOnce)?.reasonCode == .quotaExceeded)
        #expect(publisher.publish("u", "2", qos: .atLeastOnce)?.reasonCode == .noMatchingSubscribers)
        harness.storesAtOnce = true
        harness.storeTroubled(nil)
        harness.storeAll()
        #expect(publisher.publish("t", "3", qos: .atLeastOnce)?.reasonCode == .success)
        harness.nextShard = 1
        let reader = harness.client("reader")
        reader.acknowledges = true
        reader.resume()
        #expect(reader.payloads == ["3"])
    }

    @Test("3.1.1 publishers are held, and go on when there is room")
    func olderPublishersAreHeld() {
        reader().loseConnection()
        let publisher = harness.connected("publisher", .v3_1_1)
        fail(.full)
        #expect(publisher.publish("t", "1", qos: .atLeastOnce) == nil)
        #expect(publisher.isOpen)
        harness.advance(seconds: 300)
        #expect(publisher.isOpen)
        recover()
        #expect(publisher.takeAcknowledgement(.puback) != nil)
        #expect(reader().payloads == ["1"])
    }

    @Test("A 3.1.1 publisher that leaves while it is held is gone after a while, and its will comes")
    func heldAndGone() {
        reader().loseConnection()
        let online = harness.connected("online")
        online.subscribe("will")
        let publisher = harness.client("publisher", .v3_1_1)
        publisher.connect(will: Will(topic: "will", payload: Array("gone".utf8)))
        fail(.full)
        #expect(publisher.publish("t", "1", qos: .atLeastOnce) == nil)
        publisher.loseConnection()
        #expect(online.messages.isEmpty, "what was sent before the end counts")
        harness.advance(seconds: 61)
        #expect(online.payloads == ["gone"])
        #expect(harness.look { shard, _ in shard.counters.connected } == 1)
        recover()
        #expect(reader().messages.isEmpty)
    }

    @Test("What comes again while nothing is stored is answered once, however often it comes")
    func repetitions() {
        reader().loseConnection()
        let publisher = harness.client("publisher")
        publisher.resume()
        harness.storesAtOnce = false
        let message = ControlPacket.publish(
            Publish(
                topicName: "t", payload: ByteBuffer(), qos: .exactlyOnce, dup: true, packetIdentifier: 9))
        for _ in 0..<100 {
            publisher.send(message)
            publisher.send(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: 5)))
        }
        #expect(publisher.received.isEmpty)
        harness.storeAll()
        #expect(publisher.takeAcknowledgement(.pubcomp, 5)?.reasonCode == .packetIdentifierNotFound)
        #expect(publisher.takeAcknowledgement(.pubrec, 9)?.reasonCode == .success)
        // One for the first, and one for those that came again.
        #expect(publisher.takeAcknowledgement(.pubrec, 9)?.reasonCode == .success)
        #expect(publisher.received.isEmpty)
        // From now on nothing waits for the store, and each is answered.
        for _ in 0..<3 {
            publisher.send(message)
            #expect(publisher.takeAcknowledgement(.pubrec, 9) != nil)
            #expect(publisher.pubrel(5)?.reasonCode == .packetIdentifierNotFound)
        }
    }

    @Test("QoS 0, and what nobody has to be promised, go on; so do subscribers")
    func othersGoOn() {
        let online = harness.connected("online")
        online.acknowledges = true
        online.subscribe("u", qos: .atLeastOnce)
        let stored = reader()
        let publisher = harness.connected("publisher")
        fail(.full)
        #expect(publisher.publish("u", "1", qos: .atLeastOnce)?.reasonCode == .success)
        publisher.publish("t", "2")
        #expect(online.payloads == ["1"])
        #expect(stored.payloads == ["2"])
        #expect(publisher.publish("nobody", "3", qos: .atLeastOnce)?.reasonCode == .noMatchingSubscribers)
    }

    @Test("Sessions that could not be stored are refused with 0x88, others taken in; subscriptions likewise")
    func sessions() {
        let stored = reader()
        fail(.full)
        let refused = harness.client("new")
        refused.resume()
        #expect(refused.isOpen == false)
        #expect(harness.client("older", .v3_1_1).connect(cleanStart: false)?.reasonCode == .serverUnavailable)
        let passing = harness.client("passing")
        #expect(passing.connect()?.reasonCode == .success)
        #expect(passing.subscribe("t", qos: .atLeastOnce) == .grantedQoS1)
        #expect(stored.subscribe("v", qos: .atLeastOnce) == .quotaExceeded)
        recover()
        #expect(stored.subscribe("v", qos: .atLeastOnce) == .grantedQoS1)
        #expect(harness.client("new").resume()?.reasonCode == .success)
    }

    @Test("What was begun before is answered when it is stored, not before")
    func begunBefore() {
        reader().loseConnection()
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        #expect(publisher.publish("t", "1", qos: .atLeastOnce) == nil)
        harness.beginBatch()
        fail(.full)
        #expect(publisher.takeAcknowledgement(.puback) == nil)
        recover()
        #expect(publisher.takeAcknowledgement(.puback)?.reasonCode == .success)
    }

    @Test("A queue on the disk is read, and its client served, while nothing can be written")
    func readersGoOn() {
        let harness = EngineHarness(durable: true) {
            $0.limits.queueWindow = 2
            $0.limits.queueMemory = 0
        }
        let reader = harness.client("reader")
        reader.connect(cleanStart: false, sessionExpiry: 3600, properties: [.receiveMaximum(1)])
        reader.subscribe("t", qos: .atLeastOnce)
        let publisher = harness.connected("publisher")
        for number in 0..<80 { publisher.publish("t", "\(number)", qos: .atLeastOnce) }
        #expect(harness.counters.queuedOnDisk > 0)
        harness.storesAtOnce = false
        harness.storeTroubled(StoreTrouble(.full, "make room"))
        var got: [String] = []
        while let message = reader.takeMessage() {
            got.append(message.text)
            reader.puback(message.packetIdentifier)
        }
        #expect(got == (0..<80).map { "\($0)" })
    }
}
