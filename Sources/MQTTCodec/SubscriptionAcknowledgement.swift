import NIOCore

/// SUBACK and UNSUBACK, MQTT 5.0 sections 3.9 and 3.11: one reason code for each filter, in its order
/// [MQTT-3.9.3-1], [MQTT-3.11.3-1].
public struct SubscriptionAcknowledgement: Hashable, Sendable {
    public var type: PacketType
    public var packetIdentifier: UInt16
    /// Empty in an UNSUBACK before 5.0, which has none.
    public var reasonCodes: [ReasonCode]
    public var properties: Properties

    /// - Precondition: `type` is `suback` or `unsuback`.
    public init(
        _ type: PacketType, packetIdentifier: UInt16, _ reasonCodes: [ReasonCode], properties: Properties = []
    ) {
        precondition(type == .suback || type == .unsuback)
        self.type = type
        self.packetIdentifier = packetIdentifier
        self.reasonCodes = reasonCodes
        self.properties = properties
    }

    public init(
        decoding bytes: Span<UInt8>, _ frame: Frame, type: PacketType, version: ProtocolVersion
    ) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        self.type = type
        packetIdentifier = try cursor.packetIdentifier(bytes)
        properties = version == .v5 ? try Properties(decoding: bytes, &cursor, in: .packet(type)) : []
        reasonCodes = []
        guard type == .suback || version == .v5 else {
            try cursor.expectEnd()
            return
        }
        while cursor.remaining > 0 {
            let code = ReasonCode(rawValue: try cursor.byte(bytes))
            guard code.isLegal(in: type), version == .v5 || Self.isReturnCode(code) else {
                throw .invalidReasonCode
            }
            reasonCodes.append(code)
        }
        guard !reasonCodes.isEmpty else { throw .lengthMismatch }
    }

    /// [MQTT-3.1.1/3.9.3-2]. 3.1 has no code of failure; some of its servers send that of 3.1.1.
    private static func isReturnCode(_ code: ReasonCode) -> Bool {
        code.rawValue <= ReasonCode.grantedQoS2.rawValue || code == .unspecifiedError
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        buffer.writePacket(type.firstByte) { body in
            body.writeInteger(packetIdentifier)
            if version == .v5 {
                properties.encode(into: &body)
                for code in reasonCodes { body.writeInteger(code.rawValue) }
            } else if type == .suback {
                // 3.1.1 knows one failure code, 3.1 none: there a failure is granted QoS 0 and stays silent.
                for code in reasonCodes {
                    let failure: UInt8 = version == .v3_1 ? 0 : 0x80
                    body.writeInteger(code.isFailure ? failure : code.rawValue)
                }
            }
        }
    }
}
