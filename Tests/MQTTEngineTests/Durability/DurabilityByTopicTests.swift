import MQTTCodec
import MQTTEngine
import Testing

/// Messages that are promised more or less than the rest, by their topics.
@Suite("Durability by topic")
struct DurabilityByTopicTests {
    private let harness: EngineHarness

    init() throws { harness = try Self.harness(.synced) }

    /// A broker with a rule for each durability.
    static func harness(
        _ general: Durability, _ configure: (inout EngineConfiguration) -> Void = { _ in }
    ) throws -> EngineHarness {
        let rules = try Durability.allCases.map { durability in
            DurabilityByTopic.Rule(try TopicFilter(MQTTString("\(durability)/#")), durability)
        }
        return EngineHarness(durable: true) {
            $0.durability.general = general
            $0.durability.rules = rules
            configure(&$0)
        }
    }

    private func session(_ name: MQTTString, _ filter: MQTTString, _ qos: QoS = .exactlyOnce) -> TestClient {
        let client = harness.client(name)
        client.resume()
        client.subscribe(filter, qos: qos)
        return client
    }

    private func back(_ name: MQTTString) -> TestClient {
        let client = harness.client(name)
        client.acknowledges = true
        #expect(client.resume()?.sessionPresent == true)
        return client
    }

    @Test(
        "A message in memory costs no disk, is answered at once, and ends with the broker; its session stays")
    func memoryCostsNothing() {
        session("reader", "memory/#", .atLeastOnce).loseConnection()
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        #expect(publisher.publish("memory/a", "one", qos: .atLeastOnce) != nil)
        #expect(harness.beginBatch() == nil)
        harness.storesAtOnce = true
        #expect(back("reader").payloads == ["one"], "it waits for its session")
        harness.connected("publisher").publish("memory/a", "two", qos: .atLeastOnce)
        harness.client("reader").resume()
        harness.client("reader").loseConnection()
        harness.crash()
        #expect(harness.store?.savedMessages == 0)
        let reader = back("reader")
        #expect(reader.payloads == [], "the subscription is there, and the message is not")
        harness.connected("publisher").publish("memory/a", "three", qos: .atLeastOnce)
        #expect(reader.payloads == ["three"])
        #expect(harness.store?.strays == [])
    }

    @Test("The first rule that matches a topic counts; what no rule is about follows the general mode")
    func firstRule() throws {
        var durability = DurabilityByTopic()
        durability.general = .written
        durability.rules = try [("a/b", Durability.synced), ("a/+", .memory), ("+/b", .synced)].map {
            DurabilityByTopic.Rule(try TopicFilter($0.0), $0.1)
        }
        let harness = EngineHarness(durable: true) { $0.durability = durability }
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("#", qos: .atLeastOnce)
        reader.loseConnection()
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        for (topic, synced) in [("a/b", true), ("a/c", nil), ("c/b", true), ("d", false)] {
            publisher.publish(MQTTString(topic), "x", qos: .atLeastOnce)
            #expect(harness.beginBatch()?.isSynced == synced, "\(topic)")
            harness.finishBatch()
        }
    }

    @Test(
        "A batch is synced if it holds one message that has to be, or anything of a session",
        arguments: [Durability.synced, .written])
    func syncsAreCounted(general: Durability) throws {
        let harness = try Self.harness(general)
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("#", qos: .atLeastOnce)
        reader.loseConnection()
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        publisher.publish("written/a", "one", qos: .atLeastOnce)
        #expect(harness.beginBatch()?.isSynced == false)
        publisher.publish("written/a", "two", qos: .atLeastOnce)
        publisher.publish("synced/a", "three", qos: .atLeastOnce)
        harness.finishBatch()
        #expect(harness.beginBatch()?.isSynced == true)
        harness.finishBatch()
        let other = harness.client("other")
        other.resume()
        #expect(harness.beginBatch()?.isSynced == (general == .synced), "a session follows the general mode")
        harness.finishBatch()
        harness.storeAll()
    }

    @Test("A retained message in memory ends with the broker, and so does the stored one that it replaced")
    func retainedInMemory() {
        let publisher = harness.connected("publisher")
        publisher.publish("memory/a", "one", qos: .atLeastOnce, retain: true)
        publisher.publish("synced/a", "two", qos: .atLeastOnce, retain: true)
        #expect(harness.store?.state.retained.count == 1)
        let live = harness.connected("live")
        live.subscribe("#")
        #expect(Set(live.payloads) == ["one", "two"])
        harness.crash()
        let reader = harness.connected("reader")
        reader.subscribe("#")
        #expect(reader.payloads == ["two"])
    }

    @Test(
        "[MQTT-4.3.3-10] The identifier of a QoS 2 message in memory is stored first: never delivered twice")
    func receivedIdentifierFirst() {
        let reader = session("reader", "memory/#", .atMostOnce)
        let publisher = session("publisher", "x")
        harness.storesAtOnce = false
        #expect(publisher.publish("memory/a", "one", qos: .exactlyOnce, packetIdentifier: 9) == nil)
        #expect(reader.messages.isEmpty)
        #expect(harness.beginBatch()?.isSynced == true)
        harness.finishBatch()
        #expect(reader.payloads == ["one"])
        harness.storesAtOnce = true
        harness.crash()
        let reading = back("reader")
        let again = back("publisher")
        again.publish("memory/a", "one", qos: .exactlyOnce, dup: true, packetIdentifier: 9)
        #expect(reading.messages.isEmpty)
    }

    @Test(
        "At QoS 2 a message in memory takes a stored identifier: after a crash it is released, not given away"
    )
    func identifierAlone() {
        let reader = session("reader", "memory/#")
        let publisher = harness.connected("publisher")
        harness.storesAtOnce = false
        publisher.publish("memory/a", "one", qos: .exactlyOnce)
        #expect(reader.messages.isEmpty, "its identifier is not stored yet")
        #expect(harness.beginBatch()?.isSynced == true)
        harness.finishBatch()
        let first = reader.takeMessage()
        #expect(first?.text == "one")
        harness.storesAtOnce = true
        #expect(harness.store?.savedMessages == 0)
        harness.crash()
        let again = harness.client("reader")
        again.resume()
        #expect(again.messages.isEmpty)
        #expect(again.takeAcknowledgement(.pubrel, first?.packetIdentifier) != nil)
        harness.connected("publisher").publish("memory/a", "two", qos: .exactlyOnce)
        let second = again.takeMessage()
        #expect(second?.text == "two" && second?.packetIdentifier != first?.packetIdentifier)
        again.pubcomp(first?.packetIdentifier ?? 0)
        #expect(again.pubrec(second?.packetIdentifier ?? 0) != nil, "PUBREL has nothing to wait for")
        again.pubcomp(second?.packetIdentifier ?? 0)
        harness.storeEverything()
        #expect(harness.store?.deliveryRows == 0)
        #expect(harness.store?.strays == [])
    }

    @Test("A session's end takes messages in memory with it, and their identifiers in the store")
    func sessionEnds() {
        let reader = session("reader", "memory/#")
        let publisher = harness.connected("publisher")
        publisher.publish("memory/a", "one", qos: .exactlyOnce)
        publisher.publish("memory/a", "two", qos: .atLeastOnce)
        #expect(reader.payloads == ["one", "two"])
        reader.loseConnection()
        publisher.publish("memory/a", "three", qos: .exactlyOnce)
        harness.connected("reader").loseConnection()
        harness.storeEverything()
        #expect(harness.store?.deliveryRows == 0)
        #expect(harness.counters.storedMessages == 0)
    }

    @Test("Long queues: messages in memory stay there, in order, while others wait on the disk")
    func longQueues() throws {
        let harness = try Self.harness(.synced) {
            $0.limits.queueWindow = 1
            $0.limits.queueMemory = 0
        }
        let reader = harness.client("reader")
        reader.resume()
        reader.subscribe("#", qos: .atLeastOnce)
        reader.loseConnection()
        let publisher = harness.connected("publisher")
        let numbers = 1...8
        for number in numbers {
            publisher.publish("memory/a", "m\(number)", qos: .atLeastOnce)
            publisher.publish("synced/a", "s\(number)", qos: .atLeastOnce)
        }
        #expect(harness.counters.queuedOnDisk > 0)
        let again = harness.client("reader")
        again.acknowledges = true
        again.resume()
        #expect(again.payloads.filter { $0.hasPrefix("m") } == numbers.map { "m\($0)" })
        #expect(again.payloads.filter { $0.hasPrefix("s") } == numbers.map { "s\($0)" })
        harness.storeEverything()
        #expect(harness.store?.strays == [])
        #expect(harness.counters.queuedMessages == 0)
    }

    @Test("A store that cannot write: messages in memory go on, what needs it is told 0x97")
    func troubledStore() {
        session("reader", "#", .atLeastOnce).loseConnection()
        let publisher = harness.connected("publisher")
        harness.storeTroubled(StoreTrouble(.full, "full"))
        #expect(publisher.publish("memory/a", "one", qos: .atLeastOnce)?.reasonCode == .success)
        #expect(publisher.publish("synced/a", "two", qos: .atLeastOnce)?.reasonCode == .quotaExceeded)
        #expect(
            publisher.publish("memory/b", "three", qos: .atLeastOnce, retain: true)?.reasonCode == .success)
    }

    @Test("A shared subscription whose members are away keeps messages in memory too")
    func sharedInMemory() {
        session("member", "$share/g/memory/#", .atLeastOnce).loseConnection()
        harness.connected("publisher").publish("memory/a", "one", qos: .atLeastOnce)
        #expect(harness.store?.savedMessages == 0)
        #expect(back("member").payloads == ["one"])
        harness.storeEverything()
        #expect(harness.store?.strays == [])
    }
}
