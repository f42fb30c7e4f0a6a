import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

@Suite("Errors, section 4.13")
struct ErrorHandlingTests {
    /// Bytes that end any connection, with the reason that 5.0 clients are told.
    static let everyVersion: [([UInt8], ReasonCode)] = [
        // Packet type 0.
        ([0x00, 0x00], .malformedPacket),
        // Reserved flags of PINGREQ and PUBACK.
        ([0xC1, 0x00], .malformedPacket), ([0x42, 0x02, 0, 1], .malformedPacket),
        // A remaining length of five bytes, and one that is longer than needed.
        ([0xC0, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], .malformedPacket), ([0xC0, 0x80, 0x00], .malformedPacket),
        // PINGREQ with a body; PUBACK without its identifier.
        ([0xC0, 0x01, 0x00], .malformedPacket), ([0x40, 0x00], .malformedPacket),
        ([0x40, 0x01, 0x00], .malformedPacket),
        // A topic that is longer than its packet.
        ([0x30, 0x04, 0x00, 0x09, 0x61, 0x62], .malformedPacket), ([0x30, 0x01, 0x00], .malformedPacket),
        // An identifier of 0 in PUBACK, PUBREL.
        ([0x40, 0x02, 0, 0], .protocolError), ([0x62, 0x02, 0, 0], .protocolError),
        // Packets that only servers send.
        ([0x20, 0x02, 0, 0], .protocolError), ([0x90, 0x03, 0, 1, 0], .protocolError),
        ([0xB0, 0x02, 0, 1], .protocolError),
        ([0xD0, 0x00], .protocolError),
    ]

    /// Bytes that end connections of 5.0.
    static let only5: [([UInt8], ReasonCode)] = [
        // A property length that is missing, too long, not in its shortest form.
        ([0x30, 0x03, 0, 1, 0x61], .malformedPacket),
        ([0x30, 0x05, 0, 1, 0x61, 0x05, 0x01], .malformedPacket),
        ([0x30, 0x05, 0, 1, 0x61, 0x80, 0x00], .malformedPacket),
        // An unknown property, a repeated one, one of another packet, a bad value.
        ([0x30, 0x06, 0, 1, 0x61, 0x02, 0x7F, 0x00], .malformedPacket),
        ([0x30, 0x08, 0, 1, 0x61, 0x04, 0x01, 0x01, 0x01, 0x01], .protocolError),
        ([0x30, 0x06, 0, 1, 0x61, 0x02, 0x17, 0x01], .protocolError),
        ([0x30, 0x06, 0, 1, 0x61, 0x02, 0x01, 0x02], .protocolError),
        // Reason codes that no PUBACK has, bytes after the properties.
        ([0x40, 0x03, 0, 1, 0x8E], .malformedPacket),
        ([0x40, 0x05, 0, 1, 0x80, 0x00, 0x00], .malformedPacket),
    ]

    @Test(
        "[MQTT-4.13.1-1] [MQTT-4.13.2-1] [MQTT-2.1.3-1] [MQTT-1.5.5-1] [MQTT-2.2.2-1] What is malformed or breaks the protocol ends the connection with the right reason",
        arguments: everyVersion + only5)
    func version5(bytes: [UInt8], reason: ReasonCode) {
        let harness = EngineHarness()
        let other = harness.connected("other")
        other.subscribe("#")
        let client = harness.connected("alice")
        client.send(bytes: bytes)
        #expect(client.isClosed)
        // A packet of the wrong direction may be called either.
        let accepted: [ReasonCode?] =
            bytes[0] >> 4 == 0 || reason == .malformedPacket
            ? [.malformedPacket, .protocolError] : [reason, .malformedPacket]
        #expect(accepted.contains(client.disconnectReason))
        #expect(other.ping(), "others go on")
        #expect(other.messages.isEmpty)
        #expect(harness.counters.connected == 1)
    }

    @Test(
        "[MQTT-3.1.1/4.8.0-1] Clients of 3.x are disconnected in silence", arguments: everyVersion,
        [ProtocolVersion.v3_1, .v3_1_1])
    func before5(fault: ([UInt8], ReasonCode), version: ProtocolVersion) {
        let harness = EngineHarness()
        let other = harness.connected("other")
        let client = harness.connected("alice", version)
        client.send(bytes: fault.0)
        #expect(client.isClosed)
        #expect(client.received.isEmpty)
        #expect(other.ping())
    }

    @Test("AUTH does not exist before 5.0", arguments: [ProtocolVersion.v3_1, .v3_1_1])
    func authBefore5(version: ProtocolVersion) {
        let harness = EngineHarness()
        let client = harness.connected("alice", version)
        client.send(bytes: [0xF0, 0x00])
        expectDisconnected(client, .malformedPacket)
    }

    @Test(
        "Packets before the bad one are processed, packets after it are not",
        arguments: ProtocolVersion.allCases)
    func aroundTheFault(version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher")
        watcher.subscribe("#")
        let client = harness.connected("alice", version)
        let before = Raw.encoded(.publish(Publish(topicName: "before")), version)
        let after = Raw.encoded(.publish(Publish(topicName: "after")), version)
        client.send(bytes: before + [0x00, 0x00] + after)
        #expect(client.isClosed)
        #expect(watcher.messages.map(\.topicName) == ["before"])
    }

    @Test("The session of a client that made an error goes on when it is back")
    func sessionSurvives() {
        let harness = EngineHarness()
        let client = harness.client("alice")
        client.resume()
        client.subscribe("a", qos: .atLeastOnce)
        client.send(bytes: [0x00, 0x00])
        harness.connected("bob").publish("a", "x", qos: .atLeastOnce)
        let again = client.again()
        #expect(again.resume()?.sessionPresent == true)
        #expect(again.payloads == ["x"])
    }

    @Test("Packets cut anywhere are put together again", arguments: 1...24, ProtocolVersion.allCases)
    func cuts(size: Int, version: ProtocolVersion) {
        let harness = EngineHarness()
        let watcher = harness.connected("watcher", version)
        watcher.subscribe("#", qos: .exactlyOnce)
        let client = harness.connected("alice", version)
        var bytes = ByteBuffer()
        for identifier in UInt16(1)...6 {
            let properties: Properties = version == .v5 ? [.userProperty("a", "b")] : []
            let publish = Publish(
                topicName: "topic/\(identifier)", payload: ByteBuffer(string: "payload \(identifier)"),
                qos: QoS.allCases[Int(identifier) % 3], packetIdentifier: identifier, properties: properties)
            ControlPacket.publish(publish).encode(into: &bytes, version: version)
            if publish.qos == .exactlyOnce {
                ControlPacket.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: identifier))
                    .encode(into: &bytes, version: version)
            }
        }
        while let piece = bytes.readSlice(length: min(size, bytes.readableBytes)), piece.readableBytes > 0 {
            client.send(buffer: piece)
        }
        #expect(watcher.payloads == (1...6).map { "payload \($0)" })
        #expect(client.isOpen)
    }

    @Test("Bytes of nonsense end the connection and nothing else", arguments: 0..<200)
    func nonsense(seed: Int) {
        let harness = EngineHarness()
        let other = harness.connected("other")
        var generator = SplitMix(seed: UInt64(seed))
        let client = seed % 2 == 0 ? harness.client("alice") : harness.connected("alice")
        var bytes = (0..<Int.random(in: 1...64, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        bytes[0] = UInt8.random(in: 0...15, using: &generator) << 4 | (bytes[0] & 0x0F)
        client.send(bytes: bytes)
        client.loseConnection()
        #expect(other.ping())
        #expect(harness.counters.connected == 1)
    }
}

/// A small generator, so that a seed says everything.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
