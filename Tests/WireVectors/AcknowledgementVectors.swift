import MQTTCodec

extension WireVectors {
    /// Sections 3.4 to 3.7: PUBACK, PUBREC, PUBREL and PUBCOMP.
    static let acknowledgement: [WireVector] = [
        (PacketType.puback, UInt8(0x40)), (.pubrec, 0x50), (.pubrel, 0x62), (.pubcomp, 0x70),
    ].flatMap { type, first -> [WireVector] in
        let head = Wire([first])
        // A code that all four may carry but for success differs: 0x92 for the last two.
        let failure: UInt8 = type == .puback || type == .pubrec ? 0x97 : 0x92
        return [
            valid(
                "[MQTT-2.2.1-5] \(type)", .all, head + "02 00 01",
                .acknowledgement(Acknowledgement(type, packetIdentifier: 1))),
            valid(
                "[MQTT-2.2.1-5] \(type) of 65535", .all, head + "02 FF FF",
                .acknowledgement(Acknowledgement(type, packetIdentifier: 65_535))),
            valid(
                "\(type) with a reason code", .v5, head + "03 00 01" + Wire([failure]),
                .acknowledgement(
                    Acknowledgement(type, packetIdentifier: 1, reasonCode: ReasonCode(rawValue: failure)))),
            valid(
                "\(type) with properties", .v5, head + "11 00 01 00 0D 1F 00 03 'why' 26 00 01 'k' 00 01 'v'",
                .acknowledgement(
                    Acknowledgement(
                        type, packetIdentifier: 1,
                        properties: [.reasonString("why"), .userProperty("k", "v")]))),
            readOnly(
                "\(type) with a code of success that could be left out", .v5, head + "03 00 01 00",
                .acknowledgement(Acknowledgement(type, packetIdentifier: 1))),
            readOnly(
                "\(type) with an empty property list that could be left out", .v5, head + "04 00 01 00 00",
                .acknowledgement(Acknowledgement(type, packetIdentifier: 1))),
            refused("an empty \(type)", .all, head + "00", .lengthMismatch),
            refused("\(type) with half a packet identifier", .all, head + "01 00", .lengthMismatch),
            refused("[MQTT-2.2.1-3] \(type) of 0", .all, head + "02 00 00", .zeroPacketIdentifier),
            refused("\(type) with a reason code", .before5, head + "03 00 01 00", .lengthMismatch),
            refused(
                "\(type) with more than its properties", .v5, head + "05 00 01 00 00 00", .lengthMismatch),
            refused("\(type) with cut properties", .v5, head + "05 00 01 00 02 1F", .lengthMismatch),
        ]
    }
}
