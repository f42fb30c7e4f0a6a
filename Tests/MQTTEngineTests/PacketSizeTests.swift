import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Maximum Packet Size and Request Problem Information, section 3.1.2.11")
struct PacketSizeTests {
    @Test(
        "[MQTT-3.1.2-24] [MQTT-3.1.2-25] A message too large for a client is dropped as if it had been sent",
        arguments: QoS.allCases)
    func tooLarge(qos: QoS) {
        let harness = EngineHarness()
        let narrow = harness.client("narrow")
        narrow.connect(properties: [.maximumPacketSize(60), .receiveMaximum(1)])
        narrow.subscribe("a", qos: qos)
        narrow.acknowledges = true
        let wide = harness.connected("wide")
        wide.subscribe("a")
        let bob = harness.connected("bob")
        let large = String(repeating: "x", count: 60)
        #expect(bob.publishCompletely("a", large, qos: qos))
        #expect(bob.publishCompletely("a", "small", qos: qos))
        #expect(narrow.payloads == ["small"])
        #expect(wide.payloads == [large, "small"])
        #expect(narrow.isOpen)
        #expect(harness.drops(.tooLargeForClient) == 1)
        #expect(harness.counters.storedMessages == 0)
        #expect(
            harness.events.contains(
                .messagesDropped(clientIdentifier: "narrow", .tooLargeForClient, count: 1)))
    }

    @Test("[MQTT-3.1.2-24] The size that is exactly the maximum is sent")
    func boundary() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        // First byte, remaining length, topic length, "a", property length, payload.
        client.connect(properties: [.maximumPacketSize(6 + 50)])
        client.subscribe("a")
        let bob = harness.connected("bob")
        bob.publish("a", String(repeating: "x", count: 50))
        bob.publish("a", String(repeating: "x", count: 51))
        #expect(client.messages.map(\.payload.readableBytes) == [50])
    }

    @Test(
        "[MQTT-3.1.2-25] Queued and retained messages too large for a client are dropped too, and never come back"
    )
    func tooLargeOffline() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        client.loseConnection()
        let bob = harness.connected("bob")
        let large = String(repeating: "x", count: 100)
        bob.publish("a", large, qos: .atLeastOnce, retain: true)
        bob.publish("a", "small", qos: .atLeastOnce)
        let narrow = client.again()
        narrow.resume(properties: [.maximumPacketSize(80)])
        #expect(narrow.payloads == ["small"])
        narrow.subscribe("a", qos: .atLeastOnce)
        #expect(narrow.payloads == ["small"])
        narrow.loseConnection()
        let wide = client.again()
        wide.resume()
        #expect(wide.payloads == ["small"], "it is not sent again to a client that would take it")
        #expect(wide.messages.map(\.dup) == [true])
    }

    @Test(
        "[MQTT-3.2.2-15] A packet above the server's maximum ends the connection with 0x95, as soon as its length is known",
        arguments: ProtocolVersion.allCases)
    func serverMaximum(version: ProtocolVersion) {
        let harness = EngineHarness { $0.limits.packetSize = 100 }
        let fits = harness.connected("fits", version)
        fits.publish("a", String(repeating: "x", count: 80))
        #expect(fits.isOpen)
        let client = harness.connected("alice", version)
        client.send(bytes: [0x30, 0xFF, 0x7F])
        expectDisconnected(client, .packetTooLarge)
    }

    @Test(
        "[MQTT-3.1.2-29] Without Request Problem Information there are no reason strings but in CONNACK, PUBLISH and DISCONNECT"
    )
    func noProblemInformation() {
        let harness = EngineHarness(authorizes: true)
        let client = harness.client("alice")
        client.connect(properties: [.requestProblemInformation(0)])
        client.subscribe("ok")
        harness.authorizer.decide { _ in .deny }
        client.send(
            .subscribe(Subscribe(packetIdentifier: 1, [.init("a"), .init("b#")])),
            .unsubscribe(Unsubscribe(packetIdentifier: 2, ["x", "y#"])),
            .publish(Publish(topicName: "a", qos: .atLeastOnce, packetIdentifier: 3)),
            .publish(Publish(topicName: "a", qos: .exactlyOnce, packetIdentifier: 4)),
            .acknowledgement(Acknowledgement(.pubrel, packetIdentifier: 5)),
            .acknowledgement(Acknowledgement(.pubrec, packetIdentifier: 6)))
        #expect(client.received.count == 6)
        for packet in client.received {
            switch packet {
            case .acknowledgement(let answer): #expect(answer.properties.isEmpty)
            case .subscriptionAcknowledgement(let answer): #expect(answer.properties.isEmpty)
            default: Issue.record("\(packet)")
            }
        }
        harness.authorizer.decide { _ in .allow }
        harness.connected("bob").publish("ok", properties: [.userProperty("a", "b")])
        #expect(client.takeMessage()?.properties.userProperties.count == 1)
    }

    @Test(
        "[MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] Acknowledgements leave out what the client's Maximum Packet Size has no room for"
    )
    func acknowledgementsFit() {
        let harness = EngineHarness(authorizes: true)
        let client = harness.client("alice")
        #expect(client.connect(properties: [.maximumPacketSize(32)])?.reasonCode == .success)
        harness.authorizer.decide { _ in .deny }
        #expect(client.publish("a", qos: .atLeastOnce)?.reasonCode == .notAuthorized)
        #expect(client.publish("a", qos: .exactlyOnce)?.reasonCode == .notAuthorized)
        #expect(client.pubrec(77)?.reasonCode == .packetIdentifierNotFound)
        #expect(client.pubrel(78)?.reasonCode == .packetIdentifierNotFound)
    }

    @Test(
        "[MQTT-3.14.2-3] [MQTT-3.14.2-4] DISCONNECT leaves out what the client's Maximum Packet Size has no room for"
    )
    func disconnectFits() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        #expect(client.connect(properties: [.maximumPacketSize(32)])?.reasonCode == .success)
        client.publish("a/#")
        #expect(client.isClosed)
        #expect(client.disconnectReason?.isFailure == true)
    }
}
