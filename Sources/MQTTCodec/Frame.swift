/// Where one control packet stands in received bytes.
public struct Frame: Sendable, Equatable {
    /// The packet type and its flags.
    public let firstByte: UInt8
    /// The bytes after the fixed header.
    public let body: Range<Int>

    @inlinable
    public init(firstByte: UInt8, body: Range<Int>) {
        self.firstByte = firstByte
        self.body = body
    }

    @inlinable
    public var type: PacketType? { PacketType(rawValue: firstByte >> 4) }

    @inlinable
    public var flags: UInt8 { firstByte & 0x0F }

    /// Throws unless the type exists in this version and its reserved flags have their values.
    ///
    /// MQTT 3.1 lets PUBREL, SUBSCRIBE and UNSUBSCRIBE carry DUP.
    @inlinable
    public func validateHeader(_ version: ProtocolVersion) throws(WireError) -> PacketType {
        guard let type, type != .auth || version == .v5 else { throw .invalidPacketType }
        guard type != .publish else { return type }
        let tolerated: UInt8 = version == .v3_1 && type.reservedFlags != 0 ? 0b1000 : 0
        guard flags & ~tolerated == type.reservedFlags else { throw .reservedBits }
        return type
    }
}
