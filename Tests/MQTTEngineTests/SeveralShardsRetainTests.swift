import MQTTCodec
import MQTTEngine
import Testing

/// Retained messages that a session has not been sent yet when its client comes back on another shard.
@Suite("Several shards: retained messages")
struct SeveralShardsRetainTests {
    @Test(
        "[MQTT-3.3.4-3] [MQTT-3.3.1-11] What is left is sent as it was asked for, although the subscription is another by now",
        arguments: [0, 1])
    func replayTravels(shard: Int) throws {
        let harness = EngineHarness(durable: false, shards: 2)
        harness.nextShard = 0
        let publisher = harness.connected("publisher")
        for topic in ["a/1", "a/2"] as [MQTTString] {
            publisher.publish(topic, "kept", qos: .atLeastOnce, retain: true)
        }
        let client = harness.client("client")
        client.resume(properties: [.receiveMaximum(1)])
        client.subscribe("a/+", qos: .atLeastOnce, identifier: 7)
        client.subscribe("a/+", qos: .atMostOnce, retainHandling: .doNotSend)
        #expect(client.takeMessages().count == 1)
        client.loseConnection()

        harness.nextShard = shard
        let again = client.again()
        again.acknowledges = true
        again.resume()
        let messages = again.takeMessages()
        #expect(messages.map(\.qos) == [.atLeastOnce, .atLeastOnce])
        #expect(messages.map(\.retain) == [true, true])
        #expect(messages.map(\.properties.subscriptionIdentifiers) == [[7], [7]])
    }
}
