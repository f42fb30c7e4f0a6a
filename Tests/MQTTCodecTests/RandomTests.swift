import MQTTCodec
import NIOCore
import Testing
import WireVectors

/// Properties that hold for all input, tried on random input. `MARTLET_TEST_SEED` replays a failure.
@Suite struct RandomTests {
    @Test(
        "a random packet comes back as it was, and a changed byte never crashes",
        arguments: ProtocolVersion.allCases)
    func roundTrip(_ version: ProtocolVersion) throws {
        var random = RandomSource.forTest()
        for _ in 0..<2_000 {
            let packet = random.packet(version)
            var buffer = ByteBuffer()
            packet.encode(into: &buffer, version: version)
            var bytes = Array(buffer: buffer)
            #expect(try ControlPacket.read(from: &buffer, version: version) == packet)
            #expect(buffer.readableBytes == 0)
            // What a changed byte makes of it must still come back, where it means anything.
            bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
            var changed = ByteBuffer(bytes: bytes)
            guard let other = try? ControlPacket.read(from: &changed, version: version) else { continue }
            // A failure in SUBACK, which 3.1 cannot say, is not written.
            if version == .v3_1, case .subscriptionAcknowledgement = other { continue }
            var written = ByteBuffer(bytes: encoded(other, version))
            #expect(try ControlPacket.read(from: &written, version: version) == other)
        }
    }

    @Test("PublishHeader and Publish agree on every frame", arguments: ProtocolVersion.allCases)
    func publishHeader(_ version: ProtocolVersion) {
        var random = RandomSource.forTest()
        for round in 0..<4_000 {
            var buffer = ByteBuffer()
            random.publish(version).encode(into: &buffer, version: version)
            var bytes = Array(buffer: buffer)
            if round % 2 == 1 {
                for _ in 0...random.below(3) {
                    bytes[random.below(min(bytes.count, 80))] = UInt8(truncatingIfNeeded: random.next())
                }
            }
            compare(bytes, version)
        }
        for vector in WireVectors.all where vector.bytes[0] >> 4 == 3 && vector.versions.contains(version) {
            compare(vector.bytes, version, isVector: true)
        }
    }

    private func compare(_ bytes: [UInt8], _ version: ProtocolVersion, isVector: Bool = false) {
        guard
            case .frame(let frame) = try? FrameReader.next(in: bytes.span, from: 0, maximumPacketSize: .max),
            frame.type == .publish
        else { return }
        let owned = Result { () throws(WireError) in
            try Publish(decoding: bytes.span, frame, version: version)
        }
        let header = Result { () throws(WireError) in
            try PublishHeader(decoding: bytes.span, frame, version: version)
        }
        switch (owned, header) {
        case (.success(let owned), .success(let header)):
            #expect(Array(bytes[header.topic]) == owned.topicName.bytes)
            #expect(Array(bytes[header.payload]) == Array(buffer: owned.payload))
            #expect(header.qos == owned.qos && header.retain == owned.retain && header.dup == owned.dup)
            #expect(header.packetIdentifier == owned.packetIdentifier)
            #expect(header.topicAlias == owned.properties.topicAlias ?? 0)
            #expect(header.messageExpiryInterval == owned.properties.messageExpiryInterval)
            var rest = owned.properties
            rest.topicAlias = nil
            rest.messageExpiryInterval = nil
            var expected = ByteBuffer()
            rest.encode(into: &expected)
            var forwarded: [UInt8] = []
            header.forwardedProperties.forEach { forwarded += bytes[$0] }
            #expect(forwarded.count == header.forwardedProperties.count)
            #expect(Wire.properties(Wire(forwarded)).bytes == Array(buffer: expected) || version != .v5)
        case (.failure(let one), .failure(let other)):
            // Of several faults either may be found first.
            #expect(
                one == other || other == .subscriptionIdentifierFromClient || !isVector,
                "\(one), \(other): \(bytes)")
        case (.failure(let error), .success): #expect(Self.isTopicFault(error), "\(error): \(bytes)")
        case (.success(let owned), .failure(let error)):
            // Only a server may say which subscriptions matched [MQTT-3.3.4-6].
            #expect(!owned.properties.subscriptionIdentifiers.isEmpty, "\(error): \(bytes)")
        }
    }

    private static func isTopicFault(_ error: WireError) -> Bool {
        error == .invalidString || error == .invalidTopicName
    }

    @Test("[MQTT-3.3.4-6] a Subscription Identifier from a client is refused, as a protocol error")
    func subscriptionIdentifierFromClient() throws {
        let bytes = ("30 07 00 01 't' 02 0B 01 'x'" as Wire).bytes
        guard case .frame(let frame) = try FrameReader.next(in: bytes.span, from: 0, maximumPacketSize: .max)
        else {
            Issue.record("no frame")
            return
        }
        #expect(throws: WireError.subscriptionIdentifierFromClient) {
            try PublishHeader(decoding: bytes.span, frame, version: .v5)
        }
        #expect(
            try Publish(decoding: bytes.span, frame, version: .v5).properties.subscriptionIdentifiers == [1])
        #expect(WireError.subscriptionIdentifierFromClient.reasonCode == .protocolError)
    }

    @Test("[MQTT-1.5.4-1] a string is taken exactly when Swift takes it, and has no U+0000")
    func strings() {
        var random = RandomSource.forTest()
        var taken = 0
        for round in 0..<30_000 {
            var bytes = random.string(upTo: 12).bytes + random.string(upTo: 12).bytes
            if round % 3 != 0 && !bytes.isEmpty {
                for _ in 0...random.below(2) {
                    let edges: [UInt8] = [
                        0, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF,
                    ]
                    bytes[random.below(bytes.count)] =
                        random.chance(50) ? random.pick(edges) : UInt8(truncatingIfNeeded: random.next())
                }
            }
            let expected = !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
            #expect(bytes.isMQTTString == expected, "\(bytes)")
            if expected { taken += 1 }
        }
        #expect(taken > 9_000 && taken < 29_000)
    }

    @Test(
        "[MQTT-1.5.4-1] every two bytes, and every first two of three and four, are taken exactly when Swift takes them"
    )
    func allPairs() {
        for first in UInt8(0)...255 {
            for second in UInt8(0)...255 {
                for tail: [UInt8] in [[], [0x80], [0xBF, 0x80], [0x61, 0x61, 0x61, 0x61, 0x61, 0x61]] {
                    let bytes = [first, second] + tail
                    let expected =
                        first != 0 && second != 0 && String(validating: bytes, as: UTF8.self) != nil
                    if bytes.isMQTTString != expected { Issue.record("\(bytes)") }
                }
            }
        }
    }
}
