import MQTTCodec

extension WireVectors {
    /// Section 3.2.
    static let connack: [WireVector] =
        [
            valid("CONNACK", .before5, "20 02 00 00", .connack(Connack())),
            readOnly("3.1 does not use the flags", .v3_1, "20 02 FF 00", .connack(Connack())),
            valid("Session Present", .v3_1_1, "20 02 01 00", .connack(Connack(sessionPresent: true))),
            valid("[MQTT-2.2.2-1] CONNACK without properties", .v5, "20 03 00 00 00", .connack(Connack())),
            valid("Session Present", .v5, "20 03 01 00 00", .connack(Connack(sessionPresent: true))),
            valid(
                "every property", .v5,
                """
                20 49 01 00
                46 11 00 00 00 78 21 00 0A 24 01 25 00 27 00 00 01 00 12 00 02 'id' 22 00 07 1F 00 02 'ok'
                   26 00 01 'a' 00 01 'b' 28 00 29 00 2A 00 13 00 1E 1A 00 02 'r/' 1C 00 01 's'
                   15 00 01 'm' 16 00 01 'd' 26 00 01 'a' 00 01 'c'
                """,
                .connack(
                    Connack(
                        sessionPresent: true,
                        properties: [
                            .sessionExpiryInterval(120), .receiveMaximum(10), .maximumQoS(1),
                            .retainAvailable(0),
                            .maximumPacketSize(256), .assignedClientIdentifier("id"), .topicAliasMaximum(7),
                            .reasonString("ok"), .userProperty("a", "b"), .wildcardSubscriptionAvailable(0),
                            .subscriptionIdentifierAvailable(0), .sharedSubscriptionAvailable(0),
                            .serverKeepAlive(30), .responseInformation("r/"), .serverReference("s"),
                            .authenticationMethod("m"), .authenticationData([UInt8(ascii: "d")]),
                            .userProperty("a", "c"),
                        ]))),
            refused("[MQTT-3.2.2-1] a reserved acknowledge flag", .v3_1_1, "20 02 02 00", .reservedBits),
            refused("[MQTT-3.2.2-1] a reserved acknowledge flag", .v5, "20 03 80 00 00", .reservedBits),
            refused("an empty CONNACK", .all, "20 00", .lengthMismatch),
            refused("CONNACK without a code", .all, "20 01 00", .lengthMismatch),
            refused("CONNACK without a property length", .v5, "20 02 00 00", .lengthMismatch),
            refused("CONNACK with a property length", .before5, "20 03 00 00 00", .lengthMismatch),
            refused("a return code of 5.0", .before5, "20 02 00 84", .invalidReasonCode),
            refused("return code 6", .before5, "20 02 00 06", .invalidReasonCode),
        ] + returnCodes

    private static let returnCodes: [WireVector] = [
        (1, .unsupportedProtocolVersion), (2, .clientIdentifierNotValid), (3, .serverUnavailable),
        (4, .badUserNameOrPassword), (5, .notAuthorized),
    ].map { (code: UInt8, meaning: ReasonCode) in
        valid(
            "return code \(code)", .before5, "20 02 00" + Wire([code]), .connack(Connack(reasonCode: meaning))
        )
    }
}
