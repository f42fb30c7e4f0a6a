import MQTTCodec
import NIOCore

extension WireVectors {
    /// Section 2.1: fixed header and remaining length.
    static let frame: [WireVector] =
        [
            refused("packet type 0 is forbidden", .all, "00 00", .invalidPacketType),
            refused("packet type 15 does not exist before 5.0", .before5, "F0 00", .invalidPacketType),
            refused(
                "[MQTT-1.5.5-1] remaining length 0 in two bytes", .all, "C0 80 00",
                .invalidVariableByteInteger),
            refused(
                "[MQTT-1.5.5-1] remaining length 2 in three bytes", .all, "40 82 80 00 00 01",
                .invalidVariableByteInteger),
            refused(
                "[MQTT-1.5.5-1] remaining length 2 in four bytes", .all, "40 82 80 80 00 00 01",
                .invalidVariableByteInteger),
            refused(
                "a remaining length of five bytes", .all, "30 80 80 80 80 01", .invalidVariableByteInteger),
            refused(
                "a remaining length that never ends", .all, "30 FF FF FF FF", .invalidVariableByteInteger),
        ] + lengths + reservedBits

    /// Payloads that bring the remaining length to its boundaries.
    private static let lengths: [WireVector] = [
        (length: 127, header: "30 7F"), (128, "30 80 01"), (16_383, "30 FF 7F"), (16_384, "30 80 80 01"),
        (2_097_151, "30 FF FF 7F"), (2_097_152, "30 80 80 80 01"),
    ].map { (length: Int, header: Wire) in
        valid(
            "[MQTT-1.5.5-1] remaining length \(length)", .before5, header + "00 01 't'" + .fill(length - 3),
            .publish(Publish(topicName: "t", payload: ByteBuffer(bytes: Wire.fill(length - 3).bytes))))
    }

    /// Every value of the lower four bits of every packet type but PUBLISH, but the one that is right.
    /// MQTT 3.1 lets PUBREL, SUBSCRIBE and UNSUBSCRIBE carry DUP.
    private static let reservedBits: [WireVector] = reserved.flatMap { type, right, body, statement in
        (UInt8(0)...15).filter { $0 != right }.map { flags in
            let toleratesDup = right == 2 && flags == 0x0A
            return refused(
                "\(statement) \(type) with flags \(flags)",
                type == .auth ? .v5 : toleratesDup ? .from3_1_1 : .all,
                .packet(type.rawValue << 4 | flags, body), .reservedBits)
        }
    }

    private static let reserved: [(PacketType, right: UInt8, body: Wire, statement: String)] = [
        (.connect, 0, "00 04 'MQTT' 04 02 00 00 00 01 'c'", "[MQTT-2.1.3-1]"),
        (.connack, 0, "00 00", "[MQTT-2.1.3-1]"),
        (.puback, 0, "00 01", "[MQTT-2.1.3-1]"),
        (.pubrec, 0, "00 01", "[MQTT-2.1.3-1]"),
        (.pubrel, 2, "00 01", "[MQTT-2.1.3-1] [MQTT-3.6.1-1]"),
        (.pubcomp, 0, "00 01", "[MQTT-2.1.3-1]"),
        (.subscribe, 2, "00 01 00 01 't' 00", "[MQTT-2.1.3-1] [MQTT-3.8.1-1]"),
        (.suback, 0, "00 01 00", "[MQTT-2.1.3-1]"),
        (.unsubscribe, 2, "00 01 00 01 't'", "[MQTT-2.1.3-1] [MQTT-3.10.1-1]"),
        (.unsuback, 0, "00 01", "[MQTT-2.1.3-1]"),
        (.pingreq, 0, "", "[MQTT-2.1.3-1]"),
        (.pingresp, 0, "", "[MQTT-2.1.3-1]"),
        (.disconnect, 0, "", "[MQTT-2.1.3-1] [MQTT-3.14.1-1]"),
        (.auth, 0, "", "[MQTT-2.1.3-1] [MQTT-3.15.1-1]"),
    ]
}
