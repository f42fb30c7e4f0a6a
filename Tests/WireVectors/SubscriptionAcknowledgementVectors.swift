import MQTTCodec

extension WireVectors {
    /// Sections 3.9 and 3.11: SUBACK and UNSUBACK.
    static let subscriptionAcknowledgement: [WireVector] = [
        valid(
            "[MQTT-2.2.1-6] [MQTT-3.9.3-1] SUBACK, one code for each filter in order", .v3_1_1,
            "90 06 00 0A 02 80 00 01",
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(
                    .suback, packetIdentifier: 10,
                    [.grantedQoS2, .unspecifiedError, .grantedQoS0, .grantedQoS1]))),
        valid(
            "[MQTT-2.2.1-6] SUBACK", .v3_1, "90 05 00 0A 02 00 01",
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(
                    .suback, packetIdentifier: 10, [.grantedQoS2, .grantedQoS0, .grantedQoS1]))),
        valid(
            "[MQTT-2.2.1-6] [MQTT-3.9.3-1] SUBACK, one code for each filter in order", .v5,
            "90 06 00 0A 00 02 A2 00",
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(
                    .suback, packetIdentifier: 10,
                    [.grantedQoS2, .wildcardSubscriptionsNotSupported, .grantedQoS0]))),
        valid(
            "SUBACK with properties", .v5, "90 0D FF FF 09 1F 00 01 'r' 26 00 00 00 00 01",
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(
                    .suback, packetIdentifier: 65_535, [.grantedQoS1],
                    properties: [.reasonString("r"), .userProperty("", "")]))),
        valid(
            "[MQTT-2.2.1-6] UNSUBACK has no codes before 5.0", .before5, "B0 02 00 0A",
            .subscriptionAcknowledgement(SubscriptionAcknowledgement(.unsuback, packetIdentifier: 10, []))),
        valid(
            "[MQTT-2.2.1-6] [MQTT-3.11.3-1] UNSUBACK, one code for each filter in order", .v5,
            "B0 06 00 0A 00 00 11 8F",
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(
                    .unsuback, packetIdentifier: 10, [.success, .noSubscriptionExisted, .topicFilterInvalid]))
        ),
        valid(
            "UNSUBACK with properties", .v5, "B0 0D FF FF 09 1F 00 01 'r' 26 00 00 00 00 00",
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(
                    .unsuback, packetIdentifier: 65_535, [.success],
                    properties: [.reasonString("r"), .userProperty("", "")]))),
        readOnly(
            "SUBACK with 3.1.1's code of failure", .v3_1, "90 03 00 0A 80",
            .subscriptionAcknowledgement(
                SubscriptionAcknowledgement(.suback, packetIdentifier: 10, [.unspecifiedError]))),
        refused("[MQTT-3.1.1/3.9.3-2] SUBACK with QoS 3", .before5, "90 03 00 0A 03", .invalidReasonCode),
        refused(
            "[MQTT-3.1.1/3.9.3-2] SUBACK with a code of 5.0", .before5, "90 03 00 0A 87", .invalidReasonCode),
        refused("SUBACK of 0", .before5, "90 03 00 00 00", .zeroPacketIdentifier),
        refused("UNSUBACK of 0", .before5, "B0 02 00 00", .zeroPacketIdentifier),
        refused("SUBACK without codes", .before5, "90 02 00 01", .lengthMismatch),
        refused("SUBACK without codes", .v5, "90 03 00 01 00", .lengthMismatch),
        refused("UNSUBACK without codes", .v5, "B0 03 00 01 00", .lengthMismatch),
        refused("UNSUBACK with a code", .before5, "B0 03 00 01 00", .lengthMismatch),
        refused("SUBACK without a property length", .v5, "90 02 00 01", .lengthMismatch),
        refused("an empty SUBACK", .all, "90 00", .lengthMismatch),
        refused("an empty UNSUBACK", .all, "B0 00", .lengthMismatch),
    ]
}
