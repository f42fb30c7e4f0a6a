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

    @Test("What nobody waits for is stored, too, where shards have to store it together")
    func retainedWills() {
        let harness = EngineHarness(durable: true, shards: 2)
        harness.storesAtOnce = false
        // Wills of sessions that are not stored: each is bound to the home of its topic, and at QoS 0.
        let topics = (0..<6).map { MQTTString("status/\($0)") }
        for (number, topic) in topics.enumerated() {
            harness.nextShard = number
            let client = harness.client("client \(number)")
            client.connect(will: Will(topic: topic, payload: Array("offline".utf8), retain: true))
            client.loseConnection()
        }
        harness.storeEverything()
        harness.crash()
        let witness = harness.connected("witness")
        witness.subscribe("status/#")
        #expect(Set(witness.takeMessages().map(\.topicName)) == Set(topics))
    }

    @Test(
        "Retained messages that were restored stay in the store when a stored session has been sent them",
        arguments: [1, 2, 3], [QoS.atLeastOnce, .exactlyOnce])
    func restoredAndReplayed(shards: Int, _ qos: QoS) {
        let harness = EngineHarness(durable: true, shards: shards)
        // Wherever they are at home, and whichever shard has given their rows their numbers.
        let topics = (0..<3 * shards).map { MQTTString("a/\($0)") }
        for (number, topic) in topics.enumerated() {
            harness.nextShard = number
            harness.connected("publisher").publish(topic, "kept", qos: qos, retain: true)
        }
        for round in 0..<3 {
            harness.crash()
            harness.storeEverything()
            harness.sweepStore()
            for shard in 0..<shards {
                harness.nextShard = shard
                let reader = harness.client("reader \(shard) of round \(round)")
                reader.acknowledges = true
                reader.resume()
                reader.subscribe("a/#", qos: qos)
                #expect(Set(reader.takeMessages().map(\.topicName)) == Set(topics), "round \(round)")
            }
            harness.storeEverything()
            #expect(harness.store?.strays == [])
        }
        harness.crash()
        for shard in 0..<shards {
            harness.nextShard = shard
            let witness = harness.connected("witness \(shard)")
            witness.subscribe("a/#")
            #expect(Set(witness.takeMessages().map(\.topicName)) == Set(topics))
        }
    }
}
