import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Keep alive and PINGREQ, sections 3.1.2.10 and 3.12")
struct KeepAliveTests {
    @Test("[MQTT-3.12.4-1] PINGREQ is answered with PINGRESP", arguments: ProtocolVersion.allCases)
    func ping(version: ProtocolVersion) {
        let client = EngineHarness().connected("alice", version)
        client.send(.pingreq)
        #expect(client.received == [.pingresp])
    }

    @Test(
        "[MQTT-3.1.2-22] [MQTT-3.2.2-22] [MQTT-3.1.1/3.1.2-24] After one and a half keep alives without a packet the connection ends",
        arguments: ProtocolVersion.allCases)
    func oneAndAHalf(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.client("alice", version)
        let connack = client.connect(keepAlive: 10)
        #expect(connack?.properties.serverKeepAlive == nil)
        harness.advance(milliseconds: 14_900)
        #expect(client.isOpen)
        harness.advance(milliseconds: 1_600)
        expectDisconnected(client, .keepAliveTimeout)
    }

    @Test("[MQTT-3.1.2-22] Every packet from the client counts, packets to it do not")
    func whatCounts() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(keepAlive: 10)
        client.subscribe("a")
        let quiet = harness.client("quiet")
        quiet.connect(keepAlive: 10)
        quiet.subscribe("a")
        let bob = harness.connected("bob")
        let packets: [ControlPacket] = [
            .pingreq, .publish(Publish(topicName: "x")),
            .acknowledgement(Acknowledgement(.puback, packetIdentifier: 9)),
            .unsubscribe(Unsubscribe(packetIdentifier: 1, ["y"])),
        ]
        for packet in packets {
            harness.advance(seconds: 12)
            client.send(packet)
            bob.publish("a")
        }
        #expect(client.isOpen)
        #expect(quiet.isClosed)
    }

    @Test("A keep alive of 0 never ends a connection", arguments: ProtocolVersion.allCases)
    func zero(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.client("alice", version)
        client.connect(keepAlive: 0)
        harness.advance(seconds: 10_000_000)
        #expect(client.isOpen)
    }

    @Test("The largest keep alive is 65,535 seconds, and one and a half of it")
    func largest() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.connect(keepAlive: .max)
        harness.advance(seconds: 98_300)
        #expect(client.isOpen)
        harness.advance(seconds: 4)
        expectDisconnected(client, .keepAliveTimeout)
    }

    @Test("[MQTT-3.1.2-21] [MQTT-3.2.2-21] Server Keep Alive is told and holds instead of the client's")
    func serverKeepAlive() {
        let harness = EngineHarness { $0.offer.serverKeepAlive = 10 }
        for keepAlive: UInt16 in [0, 5, 1000] {
            let client = harness.client("alice")
            #expect(client.connect(keepAlive: keepAlive)?.properties.serverKeepAlive == 10)
            harness.advance(seconds: 14)
            #expect(client.isOpen)
            harness.advance(seconds: 3)
            expectDisconnected(client, .keepAliveTimeout)
        }
    }

    @Test(
        "A bound on the keep alive is told to 5.0 clients that exceed it, and holds for all",
        arguments: ProtocolVersion.allCases)
    func bound(version: ProtocolVersion) {
        let harness = EngineHarness { $0.limits.keepAlive = 20 }
        let modest = harness.client("modest", version)
        #expect(modest.connect(keepAlive: 20)?.properties.serverKeepAlive == nil)
        let client = harness.client("alice", version)
        #expect(client.connect(keepAlive: 100)?.properties.serverKeepAlive == (version == .v5 ? 20 : nil))
        harness.advance(seconds: 32)
        #expect(client.isClosed)
    }
}
