/// A place in the bytes of one packet, from which fields are read in order.
///
/// The bytes are an argument of every read: a span cannot be stored, and so nothing here outlives them.
public struct WireCursor: Sendable {
    /// Where the next field begins.
    public var offset: Int
    /// Where the readable bytes end.
    public let end: Int

    @inlinable
    public init(from offset: Int, to end: Int) {
        self.offset = offset
        self.end = end
    }

    @inlinable
    public init(over range: Range<Int>) { self.init(from: range.lowerBound, to: range.upperBound) }

    /// How many bytes are left.
    @inlinable
    public var remaining: Int { end - offset }

    @inlinable
    public mutating func byte(_ bytes: Span<UInt8>) throws(WireError) -> UInt8 {
        guard offset < end else { throw .lengthMismatch }
        defer { offset += 1 }
        return bytes[offset]
    }

    @inlinable
    public mutating func uint16(_ bytes: Span<UInt8>) throws(WireError) -> UInt16 {
        guard remaining >= 2 else { throw .lengthMismatch }
        defer { offset += 2 }
        return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    @inlinable
    public mutating func uint32(_ bytes: Span<UInt8>) throws(WireError) -> UInt32 {
        let high = try uint16(bytes)
        return UInt32(high) << 16 | UInt32(try uint16(bytes))
    }

    /// A Variable Byte Integer, section 1.5.5: one to four bytes, in the shortest form [MQTT-1.5.5-1].
    @inlinable
    public mutating func variableByteInteger(_ bytes: Span<UInt8>) throws(WireError) -> Int {
        var value = 0
        for shift in stride(from: 0, through: 21, by: 7) {
            let next = try byte(bytes)
            value |= Int(next & 0x7F) << shift
            if next & 0x80 == 0 {
                guard next != 0 || shift == 0 else { throw .invalidVariableByteInteger }
                return value
            }
        }
        throw .invalidVariableByteInteger
    }

    /// Where a two-byte length and as many bytes stand: Binary Data, or a string not yet validated.
    @inlinable
    public mutating func lengthPrefixed(_ bytes: Span<UInt8>) throws(WireError) -> Range<Int> {
        let length = Int(try uint16(bytes))
        guard remaining >= length else { throw .lengthMismatch }
        defer { offset += length }
        return offset..<offset + length
    }

    /// Where a well-formed UTF-8 Encoded String stands.
    public mutating func stringRange(_ bytes: Span<UInt8>) throws(WireError) -> Range<Int> {
        let range = try lengthPrefixed(bytes)
        guard bytes.extracting(range).isMQTTString else { throw .invalidString }
        return range
    }

    public mutating func string(_ bytes: Span<UInt8>) throws(WireError) -> MQTTString {
        MQTTString(copying: bytes.extracting(try stringRange(bytes)))
    }

    public mutating func binary(_ bytes: Span<UInt8>) throws(WireError) -> [UInt8] {
        MQTTString(copying: bytes.extracting(try lengthPrefixed(bytes))).bytes
    }

    /// A packet identifier, which is never 0 [MQTT-2.2.1-3].
    @inlinable
    public mutating func packetIdentifier(_ bytes: Span<UInt8>) throws(WireError) -> UInt16 {
        let identifier = try uint16(bytes)
        guard identifier != 0 else { throw .zeroPacketIdentifier }
        return identifier
    }

    /// Ends a packet: bytes that no field accounts for make it malformed.
    @inlinable
    public func expectEnd() throws(WireError) {
        guard offset == end else { throw .lengthMismatch }
    }
}
