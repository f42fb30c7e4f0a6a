import NIOCore

/// AUTH, MQTT 5.0 section 3.15: a step of an enhanced authentication.
public struct Auth: Hashable, Sendable {
    public var reasonCode: ReasonCode
    public var properties: Properties

    public init(reasonCode: ReasonCode = .success, properties: Properties = []) {
        self.reasonCode = reasonCode
        self.properties = properties
    }

    public init(decoding bytes: Span<UInt8>, _ frame: Frame) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        reasonCode = .success
        properties = []
        if cursor.remaining > 0 {
            reasonCode = ReasonCode(rawValue: try cursor.byte(bytes))
            guard reasonCode.isLegal(in: .auth) else { throw .invalidReasonCode }
            properties = try Properties(decoding: bytes, &cursor, in: .packet(.auth))
        }
        try cursor.expectEnd()
    }

    public func encode(into buffer: inout ByteBuffer) {
        buffer.writePacket(PacketType.auth.firstByte) { body in
            guard reasonCode != .success || !properties.isEmpty else { return }
            body.writeInteger(reasonCode.rawValue)
            properties.encode(into: &body)
        }
    }
}
