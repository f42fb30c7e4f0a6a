import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("QoS 0, section 4.3.1")
struct QoS0DeliveryTests {
    @Test(
        "[MQTT-4.3.1-1] [MQTT-3.3.1-2] QoS 0 goes out once, with DUP 0 and no identifier",
        arguments: ProtocolVersion.allCases)
    func once(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.subscribe("a")
        harness.connected("bob", version).publish("a", "x")
        #expect(client.received == [.publish(Publish(topicName: "a", payload: ByteBuffer(string: "x")))])
        harness.advance(seconds: 100_000)
        #expect(client.messages.count == 1)
        #expect(harness.counters.inFlightMessages == 0)
    }

    @Test("A session that is away gets no QoS 0 messages, and those sent were not stored")
    func away() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("zero")
        client.subscribe("one", qos: .atLeastOnce)
        client.loseConnection()
        let bob = harness.connected("bob")
        bob.publish("zero", "granted 0", qos: .atLeastOnce)
        bob.publish("one", "published 0")
        bob.publish("one", "kept", qos: .atLeastOnce)
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["kept"])
    }
}
