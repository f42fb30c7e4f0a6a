import MQTTCodec

extension WireVectors {
    /// Section 3.1.2.3 to 3.1.2.9: every combination of the flags that stand for a will.
    static let connectFlags: [WireVector] =
        [
            refused(
                "[MQTT-3.1.2-16] a user name without its flag", .from3_1_1,
                "10 10 00 04 'MQTT' 04 02 00 00 00 01 'c' 00 01 'u'", .lengthMismatch),
            refused(
                "[MQTT-3.1.2-17] no user name with its flag", .from3_1_1,
                "10 0D 00 04 'MQTT' 04 82 00 00 00 01 'c'", .lengthMismatch),
            refused(
                "[MQTT-3.1.2-18] a password without its flag", .from3_1_1,
                "10 13 00 04 'MQTT' 04 82 00 00 00 01 'c' 00 01 'u' 00 01 'p'", .lengthMismatch),
            refused(
                "[MQTT-3.1.2-19] no password with its flag", .from3_1_1,
                "10 10 00 04 'MQTT' 04 C2 00 00 00 01 'c' 00 01 'u'", .lengthMismatch),
            refused(
                "[MQTT-3.1.1/3.1.2-22] a password without a user name", .v3_1_1,
                "10 10 00 04 'MQTT' 04 42 00 00 00 01 'c' 00 01 'p'", .invalidConnectFlags),
            refused(
                "a password without a user name", .v3_1,
                "10 12 00 06 'MQIsdp' 03 42 00 00 00 01 'c' 00 01 'p'",
                .invalidConnectFlags),
            valid(
                "[MQTT-3.1.2-19] a password without a user name", .v5,
                "10 11 00 04 'MQTT' 05 42 00 00 00 00 01 'c' 00 01 'p'",
                .connect(Connect(version: .v5, clientIdentifier: "c", password: [UInt8(ascii: "p")]))),
            valid(
                "[MQTT-3.1.2-17] a user name without a password", .v3_1_1,
                "10 10 00 04 'MQTT' 04 82 00 00 00 01 'c' 00 01 'u'",
                .connect(Connect(version: .v3_1_1, clientIdentifier: "c", userName: "u"))),
            readOnly(
                "3.1 does not use the reserved flag", .v3_1, "10 0F 00 06 'MQIsdp' 03 03 00 00 00 01 'c'",
                .connect(Connect(version: .v3_1, clientIdentifier: "c"))),
            readOnly(
                "3.1 disregards Will QoS and Will Retain without a will", .v3_1,
                "10 0F 00 06 'MQIsdp' 03 3A 00 00 00 01 'c'",
                .connect(Connect(version: .v3_1, clientIdentifier: "c"))),
            refused(
                "Will QoS 3 with a will", .v3_1, "10 14 00 06 'MQIsdp' 03 1E 00 00 00 01 'c' 00 01 't' 00 00",
                .invalidConnectFlags),
            readOnly(
                "3.1 lets user name and password be missing in spite of their flags", .v3_1,
                "10 0F 00 06 'MQIsdp' 03 C2 00 00 00 01 'c'",
                .connect(Connect(version: .v3_1, clientIdentifier: "c"))),
            readOnly(
                "3.1 lets the password be missing in spite of its flag", .v3_1,
                "10 12 00 06 'MQIsdp' 03 C2 00 00 00 01 'c' 00 01 'u'",
                .connect(Connect(version: .v3_1, clientIdentifier: "c", userName: "u"))),
            refused(
                "a user name without its flag", .v3_1, "10 12 00 06 'MQIsdp' 03 02 00 00 00 01 'c' 00 01 'u'",
                .lengthMismatch),
            refused(
                "[MQTT-3.1.2-3] the reserved flag", .v3_1_1, "10 0D 00 04 'MQTT' 04 03 00 00 00 01 'c'",
                .invalidConnectFlags),
            refused(
                "[MQTT-3.1.2-3] the reserved flag", .v5, "10 0E 00 04 'MQTT' 05 03 00 00 00 00 01 'c'",
                .invalidConnectFlags),
        ] + wills

    private static let wills: [WireVector] = (UInt8(0)..<16).flatMap { bits -> [WireVector] in
        // Will Flag, two bits of Will QoS, Will Retain.
        let hasWill = bits & 1 != 0
        let qos = bits >> 1 & 3
        let retain = bits & 8 != 0
        let flags = 0x02 | (bits & 7) << 2 | (retain ? 0x20 : 0)
        let will = hasWill ? Will(topic: "t", qos: QoS(rawValue: qos) ?? .atMostOnce, retain: retain) : nil
        let fields: Wire = hasWill ? "00 01 't' 00 00" : ""
        let head: Wire = "00 04 'MQTT'"
        let old: Wire = .packet(0x10, head + Wire([0x04, flags]) + "00 00 00 01 'c'" + fields)
        let new: Wire = .packet(
            0x10, head + Wire([0x05, flags]) + "00 00 00 00 01 'c'" + (hasWill ? "00" : "") + fields)
        let name = "will flag \(hasWill), QoS \(qos), retain \(retain)"
        if qos == 3 {
            return [
                refused("[MQTT-3.1.2-12] \(name)", .v3_1_1, old, .invalidConnectFlags),
                refused("[MQTT-3.1.2-12] \(name)", .v5, new, .invalidConnectFlags),
            ]
        }
        if !hasWill && (qos != 0 || retain) {
            let statements = (qos != 0 ? "[MQTT-3.1.2-11] " : "") + (retain ? "[MQTT-3.1.2-13] " : "")
            return [
                refused(statements + name, .v3_1_1, old, .invalidConnectFlags),
                refused(statements + name, .v5, new, .invalidConnectFlags),
            ]
        }
        let statements = hasWill ? "[MQTT-3.1.2-9] [MQTT-3.1.2-12] " : "[MQTT-3.1.2-11] [MQTT-3.1.2-13] "
        return [
            valid(
                statements + name, .v3_1_1, old,
                .connect(Connect(version: .v3_1_1, clientIdentifier: "c", will: will))),
            valid(
                statements + name, .v5, new,
                .connect(Connect(version: .v5, clientIdentifier: "c", will: will))),
        ]
    }
}
