import MQTTCodec
import NIOCore

/// Packets by their bytes, for those that no encoder would write.
enum Raw {
    /// A packet: first byte, remaining length, the rest.
    static func packet(_ firstByte: UInt8, _ body: [UInt8]...) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.writeInteger(firstByte)
        buffer.writeVariableByteInteger(body.reduce(0) { $0 + $1.count })
        for part in body { buffer.writeBytes(part) }
        return Array(buffer.readableBytesView)
    }

    /// Bytes behind their two-byte length.
    static func string(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }

    /// A CONNECT with any head. `payload` begins with the client identifier.
    static func connect(
        name: String = "MQTT", level: UInt8 = 5, flags: UInt8 = 0x02, properties: [UInt8] = [],
        payload: [UInt8]...
    ) -> [UInt8] {
        let lengths: [UInt8] = level == 5 ? [UInt8(properties.count)] + properties : []
        return packet(
            0x10, string(name), [level, flags, 0, 0], lengths,
            payload.isEmpty ? string("client") : payload.flatMap { $0 })
    }

    /// A packet as the codec writes it.
    static func encoded(_ packet: ControlPacket, _ version: ProtocolVersion = .v5) -> [UInt8] {
        var buffer = ByteBuffer()
        packet.encode(into: &buffer, version: version)
        return Array(buffer.readableBytesView)
    }

    /// What is no well-formed UTF-8, or not allowed in MQTT: a surrogate, an overlong form, U+0000, a byte
    /// that begins nothing.
    static let badStrings: [[UInt8]] = [[0xED, 0xA0, 0x80], [0xC0, 0xAF], [0x61, 0x00, 0x62], [0xFF]]
}
