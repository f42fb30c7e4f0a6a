import MQTTCodec

extension WireVectors {
    /// Section 3.14.
    static let disconnect: [WireVector] = [
        valid("DISCONNECT", .all, "E0 00", .disconnect(Disconnect())),
        valid(
            "with a reason code", .v5, "E0 01 04",
            .disconnect(Disconnect(reasonCode: .disconnectWithWillMessage))),
        valid(
            "with every property", .v5,
            "E0 16 9C 14 11 FF FF FF FF 1F 00 01 'r' 26 00 00 00 01 'v' 1C 00 02 'b:'",
            .disconnect(
                Disconnect(
                    reasonCode: .useAnotherServer,
                    properties: [
                        .sessionExpiryInterval(0xFFFF_FFFF), .reasonString("r"), .userProperty("", "v"),
                        .serverReference("b:"),
                    ]))),
        valid(
            "normal, with a property", .v5, "E0 07 00 05 11 00 00 00 00",
            .disconnect(Disconnect(properties: [.sessionExpiryInterval(0)]))),
        readOnly("a normal code that could be left out", .v5, "E0 01 00", .disconnect(Disconnect())),
        readOnly(
            "an empty property list that could be left out", .v5, "E0 02 00 00", .disconnect(Disconnect())),
        refused("with a body before 5.0", .before5, "E0 01 00", .lengthMismatch),
        refused("with more than its properties", .v5, "E0 03 00 00 00", .lengthMismatch),
        refused("with cut properties", .v5, "E0 03 00 05 11", .lengthMismatch),
    ]
}
