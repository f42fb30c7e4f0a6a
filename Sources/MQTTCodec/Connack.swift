import NIOCore

/// CONNACK, MQTT 5.0 section 3.2: the server's answer to CONNECT.
public struct Connack: Hashable, Sendable {
    public var sessionPresent: Bool
    /// In 3.x the codes of ``ConnectReturnCode`` stand for it on the wire.
    public var reasonCode: ReasonCode
    public var properties: Properties

    public init(sessionPresent: Bool = false, reasonCode: ReasonCode = .success, properties: Properties = [])
    {
        self.sessionPresent = sessionPresent
        self.reasonCode = reasonCode
        self.properties = properties
    }

    public init(decoding bytes: Span<UInt8>, _ frame: Frame, version: ProtocolVersion) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        let flags = try cursor.byte(bytes)
        // MQTT 3.1 has no such flags, and does not use the byte.
        guard flags <= 1 || version == .v3_1 else { throw .reservedBits }
        sessionPresent = flags == 1 && version != .v3_1
        let code = try cursor.byte(bytes)
        if version == .v5 {
            reasonCode = ReasonCode(rawValue: code)
            guard reasonCode.isLegal(in: .connack) else { throw .invalidReasonCode }
            properties = try Properties(decoding: bytes, &cursor, in: .packet(.connack))
        } else {
            guard let returnCode = ConnectReturnCode(rawValue: code) else { throw .invalidReasonCode }
            reasonCode = returnCode.reasonCode
            properties = []
        }
        try cursor.expectEnd()
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        buffer.writePacket(PacketType.connack.firstByte) { body in
            body.writeInteger(UInt8(sessionPresent && version != .v3_1 ? 1 : 0))
            if version == .v5 {
                body.writeInteger(reasonCode.rawValue)
                properties.encode(into: &body)
            } else {
                body.writeInteger(ConnectReturnCode(reasonCode).rawValue)
            }
        }
    }
}
