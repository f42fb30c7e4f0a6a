import NIOCore

/// PUBACK, PUBREC, PUBREL and PUBCOMP, MQTT 5.0 sections 3.4 to 3.7: four packets of one shape.
public struct Acknowledgement: Hashable, Sendable {
    public var type: PacketType
    public var packetIdentifier: UInt16
    /// Always success before 5.0.
    public var reasonCode: ReasonCode
    public var properties: Properties

    /// - Precondition: `type` is one of the four.
    public init(
        _ type: PacketType, packetIdentifier: UInt16, reasonCode: ReasonCode = .success,
        properties: Properties = []
    ) {
        precondition(
            type.rawValue >= PacketType.puback.rawValue && type.rawValue <= PacketType.pubcomp.rawValue)
        self.type = type
        self.packetIdentifier = packetIdentifier
        self.reasonCode = reasonCode
        self.properties = properties
    }

    @inlinable
    public init(
        decoding bytes: Span<UInt8>, _ frame: Frame, type: PacketType, version: ProtocolVersion
    ) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        self.type = type
        packetIdentifier = try cursor.packetIdentifier(bytes)
        reasonCode = .success
        properties = []
        if version == .v5 && cursor.remaining > 0 { try decodeReason(bytes, &cursor) }
        try cursor.expectEnd()
    }

    @usableFromInline
    mutating func decodeReason(_ bytes: Span<UInt8>, _ cursor: inout WireCursor) throws(WireError) {
        reasonCode = ReasonCode(rawValue: try cursor.byte(bytes))
        guard reasonCode.isLegal(in: type) else { throw .invalidReasonCode }
        if cursor.remaining > 0 {
            properties = try Properties(decoding: bytes, &cursor, in: .packet(type))
        }
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        guard version == .v5 && (reasonCode != .success || !properties.isEmpty) else {
            Self.encode(type, packetIdentifier, into: &buffer)
            return
        }
        buffer.writePacket(type.firstByte) { body in
            body.writeInteger(packetIdentifier)
            body.writeInteger(reasonCode.rawValue)
            if !properties.isEmpty { properties.encode(into: &body) }
        }
    }

    /// Writes the four bytes that say success in every version.
    @inlinable
    public static func encode(_ type: PacketType, _ packetIdentifier: UInt16, into buffer: inout ByteBuffer) {
        let flags: UInt32 = type == .pubrel ? 2 : 0
        let first = (UInt32(type.rawValue) << 4 | flags) << 24
        buffer.writeInteger(first | 2 << 16 | UInt32(packetIdentifier))
    }
}
