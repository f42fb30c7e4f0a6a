import MQTTCodec
import NIOCore

enum CodecPaths {
    static func decodePublish(_ count: Int) {
        let packet = Publish(
            topicName: "house/kitchen/temperature", payload: ByteBuffer(repeating: 0x61, count: 64),
            qos: .atLeastOnce, packetIdentifier: 7, properties: [.messageExpiryInterval(60)])
        let bytes = ControlPacket.publish(packet).bytes
        var payload = 0
        for _ in 0..<count {
            guard let frame = frame(bytes.readableBytesUInt8Span),
                let header = try? PublishHeader(decoding: bytes.readableBytesUInt8Span, frame, version: .v5)
            else { break }
            payload += header.payload.count
        }
        require(payload == count * 64, "a PUBLISH is read")
    }

    static func decodeConnect(_ count: Int) {
        let will = Will(topic: "house/kitchen/lost", payload: Array("gone".utf8))
        let packet = Connect(
            clientIdentifier: "kitchen-thermometer", will: will, userName: "kitchen",
            password: Array("secret".utf8))
        let bytes = ControlPacket.connect(packet).bytes
        var found = 0
        for _ in 0..<count {
            guard let frame = frame(bytes.readableBytesUInt8Span),
                let connect = try? Connect(decoding: bytes.readableBytesUInt8Span, frame)
            else { break }
            found += connect.clientIdentifier.bytes.count
        }
        require(found == count * 19, "a CONNECT is read")
    }

    static func encodePublish(_ count: Int) {
        let packet = ControlPacket.message("house/kitchen/temperature", .atLeastOnce, 7)
        var buffer = ByteBuffer()
        for _ in 0..<count {
            buffer.clear()
            packet.encode(into: &buffer, version: .v5)
        }
        require(buffer == packet.bytes, "a PUBLISH is written")
    }

    private static func frame(_ bytes: Span<UInt8>) -> Frame? {
        guard case .frame(let frame)? = try? FrameReader.next(in: bytes, from: 0, maximumPacketSize: 1 << 20)
        else { return nil }
        return frame
    }
}
