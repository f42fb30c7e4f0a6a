import NIOCore

/// DISCONNECT, MQTT 5.0 section 3.14. Before 5.0 only clients send it, and it is empty.
public struct Disconnect: Hashable, Sendable {
    public var reasonCode: ReasonCode
    public var properties: Properties

    public init(reasonCode: ReasonCode = .normalDisconnection, properties: Properties = []) {
        self.reasonCode = reasonCode
        self.properties = properties
    }

    public init(decoding bytes: Span<UInt8>, _ frame: Frame, version: ProtocolVersion) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        reasonCode = .normalDisconnection
        properties = []
        if version == .v5 && cursor.remaining > 0 {
            reasonCode = ReasonCode(rawValue: try cursor.byte(bytes))
            guard reasonCode.isLegal(in: .disconnect) else { throw .invalidReasonCode }
            if cursor.remaining > 0 {
                properties = try Properties(decoding: bytes, &cursor, in: .packet(.disconnect))
            }
        }
        try cursor.expectEnd()
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        buffer.writePacket(PacketType.disconnect.firstByte) { body in
            guard version == .v5, reasonCode != .normalDisconnection || !properties.isEmpty else { return }
            body.writeInteger(reasonCode.rawValue)
            if !properties.isEmpty { properties.encode(into: &body) }
        }
    }
}
