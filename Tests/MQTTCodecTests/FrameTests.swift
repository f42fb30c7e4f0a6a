import MQTTCodec
import NIOCore
import Testing
import WireVectors

/// The frame reader, with the catalogue cut and joined in every way.
@Suite struct FrameTests {
    /// The vectors whose frame is whole, each once. Long ones are cut at a few places only.
    private static let frames: [WireVector] = WireVectors.all.filter {
        if case .frame = try? FrameReader.next(in: $0.bytes.span, from: 0, maximumPacketSize: .max) {
            true
        } else {
            false
        }
    }

    private static func cuts(_ bytes: [UInt8]) -> [Int] {
        bytes.count <= 300 ? Array(0..<bytes.count) : [0, 1, 2, 3, 4, 5, bytes.count / 2, bytes.count - 1]
    }

    @Test("every truncation of every vector is incomplete, and tells what is missing once it can")
    func truncations() throws {
        for vector in Self.frames {
            for cut in Self.cuts(vector.bytes) {
                let part = Array(vector.bytes[..<cut])
                guard
                    case .incomplete(let needed) = try FrameReader.next(
                        in: part.span, from: 0, maximumPacketSize: .max)
                else {
                    Issue.record("\(vector), cut at \(cut), is a whole packet")
                    continue
                }
                #expect(needed == nil || needed == vector.bytes.count, "\(vector), cut at \(cut)")
                var buffer = ByteBuffer(bytes: part)
                #expect(try ControlPacket.read(from: &buffer, version: vector.versions[0]) == nil)
                #expect(buffer.readableBytes == cut)
            }
        }
    }

    @Test("a body cut to every length, with its length told rightly, is refused or means what it now says")
    func shortenedBodies() throws {
        for vector in Self.frames where vector.bytes.count < 128 {
            for length in 0..<Int(vector.bytes[1]) {
                let bytes = [vector.bytes[0], UInt8(length)] + vector.bytes[2..<2 + length]
                for version in vector.versions {
                    var buffer = ByteBuffer(bytes: bytes)
                    guard let packet = try? ControlPacket.read(from: &buffer, version: version) else {
                        continue
                    }
                    var written = ByteBuffer(bytes: encoded(packet, version))
                    #expect(
                        try ControlPacket.read(from: &written, version: version) == packet,
                        "\(vector), \(length)")
                }
            }
        }
    }

    @Test("[MQTT-3.1.4-1] a CONNECT, or a CONNACK, that is cut short is refused wherever it ends")
    func shortenedConnects() throws {
        let vectors = Self.frames.filter { [0x10, 0x20].contains($0.bytes[0]) && $0.packet != nil }
        try #require(!vectors.isEmpty)
        for vector in vectors where vector.bytes.count < 128 {
            for length in 0..<Int(vector.bytes[1]) {
                let bytes = [vector.bytes[0], UInt8(length)] + vector.bytes[2..<2 + length]
                // 3.1 lets user name and password be missing.
                for version in vector.versions where version != .v3_1 {
                    var buffer = ByteBuffer(bytes: bytes)
                    #expect(throws: WireError.self, "\(vector), \(length)") {
                        try ControlPacket.read(from: &buffer, version: version)
                    }
                }
            }
        }
    }

    @Test("a stream split at every point gives the same packets")
    func splits() throws {
        // One stream of every valid packet of a version, fed in two pieces around each frame.
        for version in ProtocolVersion.allCases {
            let vectors = WireVectors.all.filter {
                $0.packet != nil && $0.versions.contains(version) && $0.bytes.count < 300
            }
            var start = 0
            let stream = vectors.flatMap(\.bytes)
            for (index, vector) in vectors.enumerated() {
                let next = index + 1 < vectors.count ? vectors[index + 1] : vector
                let pair = vector.bytes + next.bytes
                for split in 0...pair.count {
                    var buffer = ByteBuffer(bytes: pair[..<split])
                    var packets: [ControlPacket] = []
                    while let packet = try ControlPacket.read(from: &buffer, version: version) {
                        packets.append(packet)
                    }
                    buffer.writeBytes(pair[split...])
                    while let packet = try ControlPacket.read(from: &buffer, version: version) {
                        packets.append(packet)
                    }
                    #expect(packets == [vector.packet, next.packet], "\(vector), split at \(split)")
                }
                guard
                    case .frame(let frame) = try FrameReader.next(
                        in: stream.span, from: start, maximumPacketSize: .max)
                else {
                    Issue.record("\(vector) is not found in the stream")
                    return
                }
                #expect(frame.body.upperBound == start + vector.bytes.count)
                start = frame.body.upperBound
            }
            #expect(start == stream.count)
        }
    }

    @Test(
        "a remaining length at each boundary of its encoding",
        arguments: [
            (0, "C0 00"), (127, "30 7F"), (128, "30 80 01"), (16_383, "30 FF 7F"), (16_384, "30 80 80 01"),
            (2_097_151, "30 FF FF 7F"), (2_097_152, "30 80 80 80 01"), (268_435_455, "30 FF FF FF 7F"),
        ] as [(Int, Wire)])
    func boundaries(length: Int, header: Wire) throws {
        let bytes = header.bytes
        let whole = bytes.count + length
        let outcome = try FrameReader.next(in: bytes.span, from: 0, maximumPacketSize: whole)
        if length == 0 {
            #expect(outcome == .frame(Frame(firstByte: 0xC0, body: 2..<2)))
        } else {
            #expect(outcome == .incomplete(needed: whole))
        }
        #expect(throws: WireError.packetTooLarge) {
            try FrameReader.next(in: bytes.span, from: 0, maximumPacketSize: whole - 1)
        }
        var buffer = ByteBuffer()
        buffer.writeVariableByteInteger(length)
        #expect(Array(buffer: buffer) == Array(bytes[1...]))
        #expect(variableByteIntegerLength(length) == bytes.count - 1)
    }

    @Test("what is wrong with a length is said as soon as it is there")
    func earlyRefusal() {
        for bytes: Wire in ["30 FF FF FF FF", "30 80 00", "30 80 80 80 00"] {
            #expect(throws: WireError.invalidVariableByteInteger) {
                try FrameReader.next(in: bytes.bytes.span, from: 0, maximumPacketSize: .max)
            }
        }
    }
}
