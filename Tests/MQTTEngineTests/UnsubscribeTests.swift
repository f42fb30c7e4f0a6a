import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("UNSUBSCRIBE and UNSUBACK, sections 3.10 and 3.11")
struct UnsubscribeTests {
    @Test(
        "[MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-2.2.1-6] [MQTT-3.1.1/3.10.4-5] UNSUBACK has the identifier of its UNSUBSCRIBE, matched or not",
        arguments: ProtocolVersion.allCases)
    func unsuback(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.send(.unsubscribe(Unsubscribe(packetIdentifier: 51_966, ["nothing"])))
        let codes: [ReasonCode] = version == .v5 ? [.noSubscriptionExisted] : []
        #expect(
            client.received == [
                .subscriptionAcknowledgement(.init(.unsuback, packetIdentifier: 51_966, codes))
            ])
    }

    @Test(
        "[MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] Several filters are as several UNSUBSCRIBEs, with one answer in their order"
    )
    func severalFilters() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("a")
        client.subscribe("b/#")
        client.subscribe("c")
        let unsuback = client.unsubscribe("x", "a", "b/#", "a")
        #expect(
            unsuback?.reasonCodes == [.noSubscriptionExisted, .success, .success, .noSubscriptionExisted])
        #expect(harness.counters.subscriptions == 1)
    }

    @Test(
        "[MQTT-3.10.4-1] [MQTT-3.10.4-2] Filters are compared byte by byte, and matching ones end at once",
        arguments: ProtocolVersion.allCases)
    func comparison(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.subscribe("a/+")
        let publisher = harness.connected("bob")
        for filter: MQTTString in ["a/b", "a/#", "#", "A/+", "a/+/", "/a/+", "$share/g/a/+"] {
            client.unsubscribe(filter)
            publisher.publish("a/b", "still")
            #expect(client.takeMessages().count == 1, "\(filter)")
        }
        client.unsubscribe("a/+")
        publisher.publish("a/b", "gone")
        #expect(client.messages.isEmpty)
    }

    @Test(
        "[MQTT-3.10.4-3] What has been sent already is completed after UNSUBSCRIBE",
        arguments: [QoS.atLeastOnce, .exactlyOnce])
    func completes(qos: QoS) throws {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: qos)
        harness.connected("bob").publishCompletely("a", "x", qos: qos)
        let sent = try #require(client.takeMessage())
        client.unsubscribe("a")
        client.loseConnection()
        let again = client.again()
        again.resume()
        let resent = try #require(again.takeMessage())
        #expect(resent.dup && resent.packetIdentifier == sent.packetIdentifier)
        if qos == .atLeastOnce {
            again.puback(resent.packetIdentifier)
        } else {
            #expect(again.pubrec(resent.packetIdentifier)?.reasonCode == .success)
            again.pubcomp(resent.packetIdentifier)
        }
        #expect(harness.counters.inFlightMessages == 0)
    }

    @Test(
        "[MQTT-3.10.1-1] Reserved flags of UNSUBSCRIBE other than 0010 are malformed",
        arguments: [0xA0, 0xA1, 0xA3, 0xAA] as [UInt8])
    func reservedFlags(firstByte: UInt8) {
        for version in [ProtocolVersion.v3_1_1, .v5] {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.send(bytes: Raw.packet(firstByte, [0, 1], version == .v5 ? [0] : [], Raw.string("a")))
            expectDisconnected(client, .malformedPacket)
        }
    }

    @Test("[MQTT-3.10.3-1] A filter that is no string is malformed", arguments: ProtocolVersion.allCases)
    func noString(version: ProtocolVersion) {
        for bad in Raw.badStrings {
            let harness = EngineHarness()
            let client = harness.connected("alice", version)
            client.send(bytes: Raw.packet(0xA2, [0, 1], version == .v5 ? [0] : [], Raw.string(bad)))
            expectDisconnected(client, .malformedPacket)
        }
    }

    @Test(
        "[MQTT-3.10.3-2] An UNSUBSCRIBE without any filter is a protocol error",
        arguments: ProtocolVersion.allCases)
    func noFilter(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.send(bytes: Raw.packet(0xA2, [0, 1], version == .v5 ? [0] : []))
        expectDisconnected(client, .protocolError)
    }

    @Test("A shared subscription ends by its whole filter only")
    func shared() {
        let harness = EngineHarness()
        let client = harness.connected("alice")
        client.subscribe("$share/g/a")
        #expect(client.unsubscribe("a")?.reasonCodes == [.noSubscriptionExisted])
        #expect(client.unsubscribe("$share/h/a")?.reasonCodes == [.noSubscriptionExisted])
        let publisher = harness.connected("bob")
        publisher.publish("a", "1")
        #expect(client.unsubscribe("$share/g/a")?.reasonCodes == [.success])
        publisher.publish("a", "2")
        #expect(client.payloads == ["1"])
        #expect(harness.counters.sharedSubscriptions == 0)
    }

    @Test("[MQTT-3.11.2-1] [MQTT-3.11.2-2] UNSUBACK stays within the client's Maximum Packet Size")
    func packetSize() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(properties: [.maximumPacketSize(20)])
        #expect(client.unsubscribe("bad#", "a", "b")?.reasonCodes.count == 3)
    }
}
