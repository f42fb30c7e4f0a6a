import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Overlapping subscriptions, section 3.3.4")
struct OverlappingSubscriptionTests {
    @Test("[MQTT-3.8.3-3] No Local of one subscription leaves another one that matches alone")
    func noLocalOverlap() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("a/+", noLocal: true, identifier: 1)
        client.subscribe("a/b", identifier: 2)
        client.publish("a/b", "x")
        #expect(client.messages.map(\.properties.subscriptionIdentifiers) == [[2]])
    }

    @Test(
        "[MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.4-5] Overlapping subscriptions: the highest QoS, and every identifier"
    )
    func overlap() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("a/#", qos: .atLeastOnce, identifier: 1)
        client.subscribe("a/+", qos: .exactlyOnce, identifier: 2)
        client.subscribe("a/b", qos: .atMostOnce)
        client.subscribe("+/b", qos: .atMostOnce, identifier: 4)
        client.subscribe("other", qos: .exactlyOnce, identifier: 5)
        harness.connected("bob").publishCompletely("a/b", "x", qos: .exactlyOnce)
        let messages = client.takeMessages()
        #expect(messages.map(\.qos).max() == .exactlyOnce)
        let identifiers = messages.flatMap(\.properties.subscriptionIdentifiers)
        #expect(identifiers.sorted() == [1, 2, 4])
        #expect(messages.count == 1, "one copy for all of them")
    }

    @Test(
        "[MQTT-3.1.1/3.3.5-1] Overlapping subscriptions of 3.x: the highest QoS",
        arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func overlapBefore5(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.subscribe("a/#", qos: .atLeastOnce)
        client.subscribe("a/b", qos: .atMostOnce)
        harness.connected("bob").publish("a/b", "x", qos: .atLeastOnce)
        #expect(client.messages.map(\.qos) == [.atLeastOnce])
    }

    @Test("[MQTT-3.3.4-3] Subscription identifiers of an overlap survive the queue of a client that is away")
    func overlapOffline() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a/#", qos: .atLeastOnce, identifier: 1)
        client.subscribe("a/b", qos: .atLeastOnce, identifier: 2)
        client.loseConnection()
        harness.connected("bob").publish("a/b", "x", qos: .atLeastOnce)
        let again = client.again()
        again.resume()
        #expect(again.messages.flatMap(\.properties.subscriptionIdentifiers).sorted() == [1, 2])
    }
}
