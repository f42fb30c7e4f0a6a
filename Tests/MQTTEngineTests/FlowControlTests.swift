import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Flow control, section 4.9")
struct FlowControlTests {
    @Test(
        "[MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2] No more than Receive Maximum messages are unacknowledged",
        arguments: [1, 2, 7] as [UInt16], [QoS.atLeastOnce, .exactlyOnce])
    func receiveMaximum(maximum: UInt16, qos: QoS) {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.receiveMaximum(maximum)])
        client.subscribe("a", qos: qos)
        let bob = harness.connected("bob")
        for index in 0..<20 { bob.publishCompletely("a", "\(index)", qos: qos) }
        #expect(client.messages.count == Int(maximum))
        #expect(harness.counters.queuedMessages == 20 - Int(maximum))
        for number in 0..<20 {
            guard client.messages.count > number else { break }
            let identifier = client.messages[number].packetIdentifier
            if qos == .atLeastOnce {
                client.puback(identifier)
            } else {
                let before = client.messages.count
                client.pubrec(identifier)
                #expect(client.messages.count == before, "PUBREC does not raise the quota")
                client.pubcomp(identifier)
            }
            #expect(client.messages.count == min(20, Int(maximum) + number + 1))
        }
        #expect(client.payloads == (0..<20).map(String.init))
    }

    @Test("[MQTT-4.9.0-2] Only acknowledgements of identifiers in use raise the quota")
    func unknownIdentifiers() {
        let (harness, client) = exhausted()
        let used = client.messages.map(\.packetIdentifier)
        for identifier in UInt16(1)...100 where !used.contains(identifier) {
            client.puback(identifier)
            client.pubcomp(identifier)
        }
        #expect(client.messages.count == 2)
        client.puback(used[0])
        client.puback(used[0])
        client.puback(used[0])
        #expect(client.messages.count == 3)
        #expect(harness.counters.inFlightMessages == 2)
    }

    @Test("A failing PUBREC raises the quota")
    func failingPubrec() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.receiveMaximum(1)])
        client.subscribe("a", qos: .exactlyOnce)
        let bob = harness.connected("bob")
        for text in ["1", "2"] { bob.publishCompletely("a", text, qos: .exactlyOnce) }
        #expect(client.payloads == ["1"])
        client.pubrec(client.messages[0].packetIdentifier, .unspecifiedError)
        #expect(client.payloads == ["1", "2"])
    }

    @Test(
        "[MQTT-3.3.4-10] [MQTT-4.9.0-3] Without quota everything but PUBLISH at QoS 1 and 2 still goes out at once"
    )
    func otherPackets() {
        let (harness, client) = exhausted()
        client.takeMessages()
        #expect(client.ping())
        #expect(client.subscribe("b") == .success)
        #expect(client.unsubscribe("c")?.reasonCodes == [.noSubscriptionExisted])
        #expect(client.publish("x", qos: .atLeastOnce) != nil)
        #expect(client.publishCompletely("x", qos: .exactlyOnce))
        #expect(client.pubrec(999)?.reasonCode == .packetIdentifierNotFound)
        harness.connected("carol").publish("b", "QoS 0")
        #expect(client.takeMessages().map(\.text) == ["QoS 0"])
        client.disconnect()
        #expect(client.isClosed)
    }

    @Test("A smaller Receive Maximum after resumption bounds what is sent again, and nothing is lost")
    func smallerAfterResume() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume(properties: [.receiveMaximum(10)])
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        for index in 0..<15 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(client.messages.count == 10)
        client.loseConnection()
        let again = client.again()
        again.resume(properties: [.receiveMaximum(3)])
        #expect(again.payloads == ["0", "1", "2"])
        again.acknowledges = true
        for message in again.messages { again.puback(message.packetIdentifier) }
        #expect(again.payloads == (0..<15).map(String.init))
        #expect(again.messages.map(\.dup) == (0..<15).map { $0 < 10 })
    }

    @Test("[MQTT-3.3.4-7] A client that exceeds the server's Receive Maximum is disconnected with 0x93")
    func serverMaximum() {
        let harness = EngineHarness { $0.offer.receiveMaximum = 2 }
        let client = harness.connected("alice")
        #expect(client.publish("a", qos: .exactlyOnce) != nil)
        #expect(client.publish("a", qos: .exactlyOnce) != nil)
        for _ in 0..<5 { #expect(client.publish("a", qos: .atMostOnce) == nil) }
        #expect(client.isOpen)
        client.publish("a", qos: .exactlyOnce)
        expectDisconnected(client, .receiveMaximumExceeded)
    }

    @Test("A repeated QoS 2 PUBLISH does not count twice, and PUBREL makes room")
    func serverMaximumRepeats() {
        let harness = EngineHarness { $0.offer.receiveMaximum = 1 }
        let client = harness.connected("alice")
        for _ in 0..<3 { client.publish("a", qos: .exactlyOnce, dup: true, packetIdentifier: 1) }
        #expect(client.isOpen)
        client.pubrel(1)
        client.publish("a", qos: .exactlyOnce, packetIdentifier: 2)
        #expect(client.isOpen)
        #expect(client.pubrel(2)?.reasonCode == .success)
        for _ in 0..<10 { client.publish("a", qos: .atLeastOnce) }
        #expect(client.isOpen)
    }

    @Test(
        "The broker's own bound on messages in flight holds for every version",
        arguments: ProtocolVersion.allCases)
    func inFlightBound(version: ProtocolVersion) {
        let harness = EngineHarness { $0.limits.inFlight = 3 }
        let client = harness.connected("alice", version)
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        for index in 0..<10 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(client.payloads == ["0", "1", "2"])
        client.acknowledges = true
        for message in client.messages { client.puback(message.packetIdentifier) }
        #expect(client.payloads == (0..<10).map(String.init))
    }

    /// A client that got as many messages as it takes at a time, two, with five more waiting.
    private func exhausted() -> (EngineHarness, TestClient) {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.receiveMaximum(2)])
        client.subscribe("a", qos: .atLeastOnce)
        let bob = harness.connected("bob")
        for index in 0..<7 { bob.publish("a", "\(index)", qos: .atLeastOnce) }
        #expect(client.messages.count == 2)
        return (harness, client)
    }
}
