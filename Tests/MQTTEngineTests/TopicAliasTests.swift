import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Topic aliases, section 3.3.2.3.4")
struct TopicAliasTests {
    @Test("[MQTT-3.3.2-12] Every alias up to the maximum is accepted, and may be given another topic")
    func accepted() {
        let harness = EngineHarness { $0.offer.topicAliasMaximum = 5 }
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.connected("alice")
        for alias in UInt16(1)...5 {
            client.publish("t/\(alias)", "first", properties: [.topicAlias(alias)])
        }
        for alias in UInt16(1)...5 { client.publish("", "\(alias)", properties: [.topicAlias(alias)]) }
        client.publish("other", "set", properties: [.topicAlias(3)])
        client.publish("", "used", qos: .atLeastOnce, properties: [.topicAlias(3)])
        #expect(client.isOpen)
        let names: [MQTTString] = ["t/1", "t/2", "t/3", "t/4", "t/5"]
        #expect(watcher.messages.map(\.topicName) == names + names + ["other", "other"])
        #expect(watcher.messages.allSatisfy { $0.properties.topicAlias == nil })
    }

    @Test(
        "[MQTT-3.3.2-8] [MQTT-3.3.2-9] [MQTT-3.2.2-17] An alias of 0 or above the maximum is refused with 0x94",
        arguments: [0, 6, 65_535] as [UInt16])
    func outOfRange(alias: UInt16) {
        let harness = EngineHarness { $0.offer.topicAliasMaximum = 5 }
        let client = harness.connected("alice")
        client.publish("a", properties: [.topicAlias(alias)])
        expectDisconnected(client, .topicAliasInvalid)
    }

    @Test("[MQTT-3.2.2-18] Without aliases on offer any alias is refused with 0x94")
    func notOffered() {
        let harness = EngineHarness { $0.offer.topicAliasMaximum = 0 }
        let client = harness.client("alice")
        let maximum = client.connect()?.properties.topicAliasMaximum
        #expect(maximum == nil || maximum == 0)
        client.publish("a", properties: [.topicAlias(1)])
        expectDisconnected(client, .topicAliasInvalid)
    }

    @Test("An empty topic without an alias, or with one that was never set, is a protocol error")
    func unknown() {
        let harness = EngineHarness()
        let without = harness.connected("a")
        without.publish("")
        #expect(without.isClosed)
        #expect([.protocolError, .topicNameInvalid].contains(without.disconnectReason))
        let unset = harness.connected("b")
        unset.publish("", properties: [.topicAlias(1)])
        expectDisconnected(unset, .protocolError)
    }

    @Test("[MQTT-3.3.2-7] Aliases end with their connection, on both sides")
    func notCarriedOver() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.publish("a", properties: [.topicAlias(1)])
        client.loseConnection()
        let again = client.again()
        again.resume()
        again.publish("", properties: [.topicAlias(1)])
        expectDisconnected(again, .protocolError)
    }

    @Test("An alias of one client means nothing for another")
    func perConnection() {
        let harness = EngineHarness()
        let first = harness.connected("first")
        let second = harness.connected("second")
        first.publish("a", properties: [.topicAlias(1)])
        second.publish("", properties: [.topicAlias(1)])
        expectDisconnected(second, .protocolError)
        #expect(first.isOpen)
    }

    @Test("[MQTT-3.1.2-27] A client that allows no aliases gets none")
    func noneAllowed() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("a/#")
        let bob = harness.connected("bob")
        for _ in 0..<3 { bob.publish("a/b", properties: [.topicAlias(7)]) }
        #expect(client.messages.map(\.topicName) == ["a/b", "a/b", "a/b"])
        #expect(client.messages.allSatisfy { $0.properties.topicAlias == nil })
    }

    @Test(
        "[MQTT-3.1.2-26] [MQTT-3.3.2-11] The broker uses aliases within the client's maximum, and each means its topic",
        arguments: [1, 3, 100] as [UInt16])
    func towardsClient(maximum: UInt16) {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.topicAliasMaximum(maximum)])
        client.subscribe("#", qos: .atLeastOnce)
        client.acknowledges = true
        let bob = harness.connected("bob")
        var topics: [MQTTString] = []
        for round in 0..<6 {
            for number in 0..<5 { topics.append("long/enough/topic/\(number)/\(round / 3)") }
        }
        for topic in topics { bob.publish(topic, "x", qos: .atLeastOnce) }
        #expect(resolve(client.messages) == topics)
        #expect(client.messages.contains { $0.topicName.isEmpty }, "no topic was shortened")
        #expect(client.messages.compactMap(\.properties.topicAlias).allSatisfy { $0 >= 1 && $0 <= maximum })
    }

    @Test("[MQTT-3.3.2-7] What is sent again on a new connection has its whole topic")
    func resent() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume(properties: [.topicAliasMaximum(10)])
        client.subscribe("a/topic", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        for text in ["1", "2", "3"] { bob.publish("a/topic", text, qos: .atLeastOnce) }
        client.loseConnection()
        let without = client.again()
        without.resume()
        #expect(without.messages.map(\.topicName) == ["a/topic", "a/topic", "a/topic"])
        without.loseConnection()
        let with = client.again()
        with.resume(properties: [.topicAliasMaximum(10)])
        #expect(resolve(with.messages) == ["a/topic", "a/topic", "a/topic"])
    }

    @Test("A message that is dropped does not take the alias with it that it would have set")
    func droppedFirst() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.topicAliasMaximum(10), .maximumPacketSize(60)])
        client.subscribe("a/topic")
        let bob = harness.connected("bob")
        bob.publish("a/topic", String(repeating: "x", count: 100))
        for text in ["1", "2"] { bob.publish("a/topic", text) }
        #expect(resolve(client.messages) == ["a/topic", "a/topic"])
        #expect(client.payloads == ["1", "2"])
    }

    @Test("Aliases and their publisher's user properties, expiry and identifiers go together")
    func withOtherProperties() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.topicAliasMaximum(10)])
        client.subscribe("a/topic", identifier: 9)
        let bob = harness.connected("bob")
        let properties: Properties = [
            .userProperty("a", "1"), .messageExpiryInterval(100), .contentType("text"), .topicAlias(2),
            .userProperty("b", "2"),
        ]
        for _ in 0..<2 { bob.publish("a/topic", "x", properties: properties) }
        #expect(resolve(client.messages) == ["a/topic", "a/topic"])
        for message in client.messages {
            #expect(message.properties.userProperties.map(\.value) == ["1", "2"])
            #expect(message.properties.messageExpiryInterval == 100)
            #expect(message.properties.contentType == "text")
            #expect(message.properties.subscriptionIdentifiers == [9])
        }
    }

    /// The topics that the receiver of these messages understands.
    private func resolve(_ messages: [Publish]) -> [MQTTString?] {
        var aliases: [UInt16: MQTTString] = [:]
        return messages.map { message in
            guard let alias = message.properties.topicAlias else { return message.topicName }
            if !message.topicName.isEmpty { aliases[alias] = message.topicName }
            return aliases[alias]
        }
    }
}
