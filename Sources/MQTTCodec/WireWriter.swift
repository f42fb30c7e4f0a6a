import NIOCore

extension ByteBuffer {
    /// Writes a Variable Byte Integer, section 1.5.5, in its shortest form [MQTT-1.5.5-1].
    ///
    /// - Precondition: `value` is 0 to 268,435,455.
    @inlinable
    public mutating func writeVariableByteInteger(_ value: Int) {
        precondition(value >= 0 && value <= 268_435_455, "not a variable byte integer")
        var rest = value
        repeat {
            let low = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            writeInteger(rest > 0 ? low | 0x80 : low)
        } while rest > 0
    }

    /// Writes a UTF-8 Encoded String: two bytes of length, then its bytes.
    public mutating func writeMQTTString(_ string: MQTTString) {
        writeLengthPrefixed(string.bytes)
    }

    /// Writes Binary Data: two bytes of length, then the bytes.
    ///
    /// - Precondition: at most 65,535 bytes.
    public mutating func writeLengthPrefixed(_ bytes: [UInt8]) {
        writeInteger(UInt16(bytes.count))
        writeBytes(bytes)
    }

    /// Copies bytes from a span.
    @inlinable
    public mutating func writeSpan(_ span: Span<UInt8>) {
        // `bytes` counts as unsafe because an element could have padding; a UInt8 has none.
        unsafe writeBytes(span.bytes)
    }

    /// Writes a packet: first byte, remaining length, and what `body` writes.
    public mutating func writePacket(_ firstByte: UInt8, body write: (inout ByteBuffer) -> Void) {
        var body = ByteBuffer()
        write(&body)
        writeInteger(firstByte)
        writeVariableByteInteger(body.readableBytes)
        writeBuffer(&body)
    }
}

/// How many bytes a Variable Byte Integer takes, 1 to 4.
@inlinable
public func variableByteIntegerLength(_ value: Int) -> Int {
    value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4
}
