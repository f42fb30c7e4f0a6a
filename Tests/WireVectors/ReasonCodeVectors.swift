import MQTTCodec

extension WireVectors {
    /// Section 2.4: all 256 values in every packet that carries reason codes.
    static let reasonCodes: [WireVector] = tables.flatMap { table in
        (UInt8(0)...255).map { value in
            let frame = table.frame(value)
            let code = ReasonCode(rawValue: value)
            let name = "\(table.statement) \(table.name) with \(code)"
            guard table.legal.contains(value) else { return refused(name, .v5, frame, .invalidReasonCode) }
            // The shortest form of success leaves the code out.
            return value == 0 && table.leavesSuccessOut
                ? readOnly(name, .v5, frame, table.packet(code)) : valid(name, .v5, frame, table.packet(code))
        }
    }

    private struct Table: Sendable {
        var name: String
        var statement: String
        /// As the specification lists them for this packet.
        var legal: Set<UInt8>
        var leavesSuccessOut = true
        var frame: @Sendable (UInt8) -> Wire
        var packet: @Sendable (ReasonCode) -> ControlPacket
    }

    private static let tables: [Table] = [
        Table(
            name: "CONNACK", statement: "[MQTT-3.2.2-8]",
            legal: Set([0x00, 0x8C, 0x90, 0x95, 0x97, 0x9F] + Array(0x80...0x8A) + Array(0x99...0x9D)),
            leavesSuccessOut: false,
            frame: { "20 03 00" + Wire([$0]) + "00" },
            packet: { .connack(Connack(reasonCode: $0)) }),
        acknowledgement(
            .puback, 0x40, "[MQTT-3.4.2-1]", [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]),
        acknowledgement(
            .pubrec, 0x50, "[MQTT-3.5.2-1]", [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]),
        acknowledgement(.pubrel, 0x62, "[MQTT-3.6.2-1]", [0x00, 0x92]),
        acknowledgement(.pubcomp, 0x70, "[MQTT-3.7.2-1]", [0x00, 0x92]),
        Table(
            name: "SUBACK", statement: "[MQTT-3.9.3-2]",
            legal: [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2],
            leavesSuccessOut: false,
            frame: { "90 04 00 01 00" + Wire([$0]) },
            packet: {
                .subscriptionAcknowledgement(SubscriptionAcknowledgement(.suback, packetIdentifier: 1, [$0]))
            }),
        Table(
            name: "UNSUBACK", statement: "[MQTT-3.11.3-2]",
            legal: [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91],
            leavesSuccessOut: false,
            frame: { "B0 04 00 01 00" + Wire([$0]) },
            packet: {
                .subscriptionAcknowledgement(
                    SubscriptionAcknowledgement(.unsuback, packetIdentifier: 1, [$0]))
            }),
        Table(
            name: "DISCONNECT", statement: "[MQTT-3.14.2-1]",
            legal: Set(
                // 0x8C is missing in section 3.14.2.1, but section 2.4 gives it to DISCONNECT too.
                [0x00, 0x04, 0x87, 0x89, 0x8B, 0x8C] + Array(0x80...0x83) + Array(0x8D...0x90)
                    + Array(0x93...0xA2)),
            frame: { "E0 01" + Wire([$0]) },
            packet: { .disconnect(Disconnect(reasonCode: $0)) }),
        Table(
            name: "AUTH", statement: "[MQTT-3.15.2-1]", legal: [0x00, 0x18, 0x19],
            frame: { "F0 02" + Wire([$0]) + "00" },
            packet: { .auth(Auth(reasonCode: $0)) }),
    ]

    private static func acknowledgement(
        _ type: PacketType, _ first: UInt8, _ statement: String, _ legal: Set<UInt8>
    ) -> Table {
        Table(
            name: "\(type)", statement: statement, legal: legal,
            frame: { Wire([first]) + "03 00 01" + Wire([$0]) },
            packet: { .acknowledgement(Acknowledgement(type, packetIdentifier: 1, reasonCode: $0)) })
    }
}
