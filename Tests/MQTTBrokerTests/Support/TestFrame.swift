import NIOCore

/// A WebSocket frame as bytes, written and read by hand so that nothing under test checks itself.
struct TestFrame: Equatable {
    static let continuation: UInt8 = 0
    static let text: UInt8 = 1
    static let binary: UInt8 = 2
    static let closeFrame: UInt8 = 8
    static let ping: UInt8 = 9
    static let pong: UInt8 = 10

    var opcode: UInt8
    var isFinal = true
    var reservedBits: UInt8 = 0
    var isMasked = true
    var payload: [UInt8] = []

    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeInteger((isFinal ? 0x80 : 0) | reservedBits << 4 | opcode)
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ...125: buffer.writeInteger(mask | UInt8(payload.count))
        case ...65_535:
            buffer.writeInteger(mask | 126)
            buffer.writeInteger(UInt16(payload.count))
        default:
            buffer.writeInteger(mask | 127)
            buffer.writeInteger(UInt64(payload.count))
        }
        let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
        if isMasked {
            buffer.writeBytes(key)
            var masked = payload
            for index in masked.indices { masked[index] ^= key[index & 3] }
            buffer.writeBytes(masked)
        } else {
            buffer.writeBytes(payload)
        }
        return buffer
    }

    /// Takes a server's frame off a buffer; nil while it is incomplete.
    static func read(from buffer: inout ByteBuffer) -> TestFrame? {
        var copy = buffer
        guard let first = copy.readInteger(as: UInt8.self), let second = copy.readInteger(as: UInt8.self)
        else {
            return nil
        }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let long = copy.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long = copy.readInteger(as: UInt64.self) else { return nil }
            length = Int(long)
        }
        guard let payload = copy.readBytes(length: length) else { return nil }
        buffer = copy
        return TestFrame(
            opcode: first & 0x0F, isFinal: first & 0x80 != 0, reservedBits: first >> 4 & 0x07,
            isMasked: second & 0x80 != 0, payload: payload)
    }

    /// The status code of a close frame.
    var status: Int? { payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
}
