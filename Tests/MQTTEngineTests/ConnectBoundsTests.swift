import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("CONNECT: properties out of their range, and bounds on connections")
struct ConnectBoundsTests {
    @Test(
        "Properties with values that no client may send are a protocol error, 0x82",
        arguments: [
            [33, 0, 0],  // Receive Maximum 0
            [39, 0, 0, 0, 0],  // Maximum Packet Size 0
            [23, 2],  // Request Problem Information 2
            [25, 2],  // Request Response Information 2
            [33, 0, 1, 33, 0, 1],  // Receive Maximum twice
            [17, 0, 0, 0, 1, 17, 0, 0, 0, 1],  // Session Expiry Interval twice
            [22, 0, 1, 65],  // Authentication Data without a method
        ] as [[UInt8]])
    func badProperties(properties: [UInt8]) {
        let harness = EngineHarness()
        let client = harness.client()
        client.send(bytes: Raw.connect(properties: properties))
        expectRefused(client, client.takeConnack(), .protocolError)
    }

    @Test(
        "A property of another packet, or of none, is malformed, 0x81, section 2.2.2.2",
        arguments: [[35, 0, 1], [127, 0]] as [[UInt8]])
    func foreignProperties(properties: [UInt8]) {
        let harness = EngineHarness()
        let client = harness.client()
        client.send(bytes: Raw.connect(properties: properties))
        expectRefused(client, client.takeConnack(), .malformedPacket)
    }

    @Test("A CONNECT that takes too long ends the connection")
    func timeToConnect() {
        let harness = EngineHarness { $0.limits.timeToConnect = 5_000 }
        let client = harness.client()
        client.send(bytes: [0x10, 20, 0, 4])
        harness.advance(milliseconds: 4_000)
        #expect(client.isOpen)
        harness.advance(milliseconds: 2_000)
        #expect(client.isClosed)
        #expect(client.received.isEmpty)
    }

    @Test("Who has sent CONNECT is not cut off while the broker has yet to decide, but for a bound")
    func timeToDecide() {
        let harness = EngineHarness(authenticates: true) {
            $0.limits.timeToConnect = 5_000
            $0.limits.timeToDecide = 60_000
        }
        let client = harness.client()
        client.send(.connect(Connect(version: .v5, clientIdentifier: "client")))
        harness.advance(milliseconds: 59_000)
        #expect(client.isOpen)
        harness.advance(milliseconds: 7_000)
        #expect(client.isClosed)
    }

    @Test("A connection above the bound is refused with 0x89 or not taken at all")
    func tooManyConnections() {
        let harness = EngineHarness { $0.limits.connections = 2 }
        let first = harness.connected("1")
        let second = harness.connected("2")
        let third = harness.client("3")
        let connack = third.connect()
        #expect(connack == nil || connack?.reasonCode == .serverBusy)
        #expect(!third.isOpen)
        #expect(first.ping() && second.ping())
        first.loseConnection()
        #expect(harness.client("4").connect()?.reasonCode == .success)
    }
}
