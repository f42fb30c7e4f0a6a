import MQTTCodec

extension WireVectors {
    /// Section 3.10.
    static let unsubscribe: [WireVector] = [
        valid(
            "[MQTT-3.10.3-2] one filter", .before5, "A2 07 00 0A 00 03 'a/b'",
            .unsubscribe(Unsubscribe(packetIdentifier: 10, ["a/b"]))),
        valid(
            "[MQTT-3.10.3-2] [MQTT-2.2.2-1] one filter", .v5, "A2 08 00 0A 00 00 03 'a/b'",
            .unsubscribe(Unsubscribe(packetIdentifier: 10, ["a/b"]))),
        valid(
            "several filters and a User Property", .v5,
            "A2 1D FF FF 07 26 00 01 'k' 00 01 'v' 00 0C '$share/g/t/#' 00 01 '+' 00 00",
            .unsubscribe(
                Unsubscribe(
                    packetIdentifier: 65_535, ["$share/g/t/#", "+", ""], properties: [.userProperty("k", "v")]
                ))),
        refused("[MQTT-3.10.3-2] no filter", .before5, "A2 02 00 01", .emptyFilterList),
        refused("[MQTT-3.10.3-2] no filter", .v5, "A2 03 00 01 00", .emptyFilterList),
        refused(
            "[MQTT-2.2.1-3] packet identifier 0", .before5, "A2 05 00 00 00 01 'a'", .zeroPacketIdentifier),
        refused("[MQTT-2.2.1-3] packet identifier 0", .v5, "A2 06 00 00 00 00 01 'a'", .zeroPacketIdentifier),
        refused(
            "[MQTT-3.10.3-1] a filter that is no UTF-8", .before5, "A2 06 00 01 00 02 'a' FF", .invalidString),
        refused("a cut filter", .before5, "A2 05 00 01 00 02 'a'", .lengthMismatch),
        refused("half a length", .before5, "A2 06 00 01 00 01 'a' 00", .lengthMismatch),
        refused("no property length", .v5, "A2 02 00 01", .lengthMismatch),
        refused("an empty UNSUBSCRIBE", .all, "A2 00", .lengthMismatch),
    ]
}
