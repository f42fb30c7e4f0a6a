import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Message expiry, section 3.3.2.3.3")
struct MessageExpiryTests {
    @Test("[MQTT-3.3.2-5] A message whose expiry has passed is not sent to a client that comes back")
    func offline() {
        let (harness, client, bob) = away()
        bob.publish("a", "short", qos: .atLeastOnce, properties: [.messageExpiryInterval(10)])
        bob.publish("a", "long", qos: .atLeastOnce, properties: [.messageExpiryInterval(1000)])
        bob.publish("a", "endless", qos: .atLeastOnce)
        harness.advance(seconds: 12)
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["long", "endless"])
        #expect(harness.drops(.expired) == 1)
        again.acknowledges = true
        for message in again.messages { again.puback(message.packetIdentifier) }
        #expect(harness.counters.storedMessages == 0)
    }

    @Test("[MQTT-3.3.2-5] A message that waits for quota expires like any other")
    func waitingForQuota() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.receiveMaximum(1)])
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        bob.publish("a", "1", qos: .atLeastOnce)
        bob.publish("a", "2", qos: .atLeastOnce, properties: [.messageExpiryInterval(5)])
        bob.publish("a", "3", qos: .atLeastOnce)
        harness.advance(seconds: 7)
        client.acknowledges = true
        client.puback(client.messages[0].packetIdentifier)
        #expect(client.payloads == ["1", "3"])
    }

    @Test("[MQTT-3.3.2-6] The interval goes out less the time the message has waited")
    func remaining() {
        let (harness, client, bob) = away()
        let live = harness.connected("live")
        live.subscribe("a")
        bob.publish("a", "x", qos: .atLeastOnce, retain: true, properties: [.messageExpiryInterval(100)])
        #expect(live.takeMessage()?.properties.messageExpiryInterval == 100)
        harness.advance(seconds: 30)
        let again = client.again()
        again.resume()
        #expect(again.takeMessage()?.properties.messageExpiryInterval == 70)
        harness.advance(seconds: 20)
        let late = harness.connected("late")
        late.subscribe("a")
        #expect(late.takeMessage()?.properties.messageExpiryInterval == 50)
    }

    @Test("[MQTT-3.3.2-5] A retained message whose expiry has passed is sent to nobody and goes")
    func retained() {
        let harness = EngineHarness()
        harness.connected("bob").publish("a", "x", retain: true, properties: [.messageExpiryInterval(10)])
        harness.advance(seconds: 9)
        let early = harness.connected("early")
        early.subscribe("a")
        #expect(early.payloads == ["x"])
        harness.advance(seconds: 3)
        let late = harness.connected("late")
        late.subscribe("#")
        #expect(late.messages.isEmpty)
    }

    @Test("An interval of 0 is taken for one that has passed, as soon as there is anything to wait for")
    func zero() {
        let (harness, client, bob) = away()
        #expect(
            bob.publish("a", "x", qos: .atLeastOnce, retain: true, properties: [.messageExpiryInterval(0)])
                != nil)
        harness.advance(seconds: 1)
        let again = client.again()
        again.resume()
        #expect(again.messages.isEmpty)
        let late = harness.connected("late")
        late.subscribe("a")
        #expect(late.messages.isEmpty)
    }

    @Test("[MQTT-4.3.3-7] A QoS 2 message that has been sent never expires")
    func sentAtQoS2() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .exactlyOnce)
        harness.connected("bob").publishCompletely(
            "a", "x", qos: .exactlyOnce, properties: [.messageExpiryInterval(5)])
        let identifier = client.messages.first?.packetIdentifier
        client.loseConnection()
        harness.advance(seconds: 60)
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["x"])
        #expect(again.messages.first?.packetIdentifier == identifier)
        #expect(again.messages.first?.dup == true)
    }

    @Test("[MQTT-4.3.3-13] A publisher's QoS 2 exchange is completed though its message has expired")
    func exchangeGoesOn() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        let pubrec = client.publish(
            "a", qos: .exactlyOnce, packetIdentifier: 3, properties: [.messageExpiryInterval(1)])
        #expect(pubrec?.reasonCode.isFailure == false)
        harness.advance(seconds: 60)
        #expect(
            client.publish(
                "a", qos: .exactlyOnce, dup: true, packetIdentifier: 3,
                properties: [.messageExpiryInterval(1)]) != nil)
        #expect(client.pubrel(3)?.reasonCode == .success)
    }

    @Test("[MQTT-4.3.3-13] A subscriber's QoS 2 exchange is completed though its message has expired")
    func subscribersExchangeGoesOn() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("a", qos: .exactlyOnce)
        harness.connected("bob").publishCompletely(
            "a", "x", qos: .exactlyOnce, properties: [.messageExpiryInterval(1)])
        let identifier = client.messages.first?.packetIdentifier ?? 0
        harness.advance(seconds: 60)
        #expect(client.pubrec(identifier)?.reasonCode == .success)
        client.pubcomp(identifier)
        #expect(harness.counters.inFlightMessages == 0)
    }

    @Test("Expiry holds for 3.x subscribers, though they are not told")
    func before5() {
        let harness = EngineHarness()
        let client = harness.client("alice", .v3_1_1)
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        client.loseConnection()
        let bob = harness.connected("bob")
        bob.publish("a", "short", qos: .atLeastOnce, properties: [.messageExpiryInterval(10)])
        bob.publish("a", "long", qos: .atLeastOnce, properties: [.messageExpiryInterval(100)])
        harness.advance(seconds: 20)
        let again = client.again()
        again.resume()
        #expect(again.payloads == ["long"])
    }

    @Test("The longest life of a message bounds every message, those of 3.x too")
    func bound() {
        let harness = EngineHarness { $0.limits.messageExpiryInterval = 50 }
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob", .v3_1_1)
        bob.publish("a", "1", qos: .atLeastOnce)
        client.loseConnection()
        bob.publish("a", "2", qos: .atLeastOnce)
        harness.connected("carol").publish(
            "a", "3", qos: .atLeastOnce, properties: [.messageExpiryInterval(5000)])
        harness.advance(seconds: 52)
        let again = client.again()
        again.resume()
        #expect(!again.payloads.contains("2") && !again.payloads.contains("3"))
    }

    /// A client with a stored subscription to "a" that is away, and a publisher.
    private func away() -> (EngineHarness, TestClient, TestClient) {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        client.loseConnection()
        return (harness, client, harness.connected("bob"))
    }
}
