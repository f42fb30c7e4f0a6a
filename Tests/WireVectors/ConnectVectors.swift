import MQTTCodec

extension WireVectors {
    /// Section 3.1, but for the flags.
    static let connect: [WireVector] = [
        valid(
            "the least CONNECT", .v3_1, "10 10 00 06 'MQIsdp' 03 02 00 3C 00 02 'c1'",
            .connect(Connect(version: .v3_1, keepAlive: 60, clientIdentifier: "c1"))),
        valid(
            "[MQTT-3.1.2-1] the protocol name is MQTT", .v3_1_1, "10 0E 00 04 'MQTT' 04 02 00 3C 00 02 'c1'",
            .connect(Connect(version: .v3_1_1, keepAlive: 60, clientIdentifier: "c1"))),
        valid(
            "[MQTT-3.1.2-1] [MQTT-2.2.2-1] the protocol name is MQTT; no properties are a length of 0", .v5,
            "10 0F 00 04 'MQTT' 05 02 00 3C 00 00 02 'c1'",
            .connect(Connect(version: .v5, keepAlive: 60, clientIdentifier: "c1"))),
        valid(
            "Clean Start 0, no keep alive, no client identifier", .v5,
            "10 0D 00 04 'MQTT' 05 00 00 00 00 00 00",
            .connect(Connect(version: .v5, cleanStart: false, clientIdentifier: ""))),
        valid(
            "the longest keep alive", .v3_1_1, "10 0C 00 04 'MQTT' 04 00 FF FF 00 00",
            .connect(Connect(version: .v3_1_1, cleanStart: false, keepAlive: 65_535, clientIdentifier: ""))),
        valid(
            "the bridge bit of Mosquitto", .v3_1_1, "10 0D 00 04 'MQTT' 84 02 00 00 00 01 'b'",
            .connect(Connect(version: .v3_1_1, clientIdentifier: "b", isBridge: true))),
        valid(
            "the bridge bit of Mosquitto", .v3_1, "10 0F 00 06 'MQIsdp' 83 02 00 00 00 01 'b'",
            .connect(Connect(version: .v3_1, clientIdentifier: "b", isBridge: true))),
        valid(
            "[MQTT-3.1.3-1] [MQTT-3.1.3-3] every field, in order", .v3_1,
            "10 20 00 06 'MQIsdp' 03 EE 00 0A 00 02 'c1' 00 01 't' 00 04 'gone' 00 01 'u' 00 02 FF 00",
            .connect(complete(.v3_1))),
        valid(
            "[MQTT-3.1.3-1] [MQTT-3.1.3-3] every field, in order", .v3_1_1,
            "10 1E 00 04 'MQTT' 04 EE 00 0A 00 02 'c1' 00 01 't' 00 04 'gone' 00 01 'u' 00 02 FF 00",
            .connect(complete(.v3_1_1))),
        valid(
            "[MQTT-3.1.2-9] [MQTT-3.1.3-1] [MQTT-3.1.3-3] every field and property, in order", .v5,
            """
            10 69 00 04 'MQTT' 05 F4 00 0A
            28 11 00 00 00 0A 21 00 14 27 00 01 00 00 22 00 05 19 01 17 00 26 00 01 'k' 00 01 'v'
               15 00 05 'PLAIN' 16 00 02 01 02
            00 02 'c1'
            21 18 00 00 00 05 01 01 02 00 00 00 3C 03 00 04 'text' 08 00 01 'r' 09 00 02 AB CD 26 00 00 00 00
            00 01 't' 00 04 'gone' 00 01 'u' 00 02 FF 00
            """,
            .connect(
                Connect(
                    version: .v5, cleanStart: false, keepAlive: 10, clientIdentifier: "c1",
                    will: Will(
                        topic: "t", payload: Array("gone".utf8), qos: .exactlyOnce, retain: true,
                        properties: [
                            .willDelayInterval(5), .payloadFormatIndicator(1), .messageExpiryInterval(60),
                            .contentType("text"), .responseTopic("r"), .correlationData([0xAB, 0xCD]),
                            .userProperty("", ""),
                        ]),
                    userName: "u", password: [0xFF, 0x00],
                    properties: [
                        .sessionExpiryInterval(10), .receiveMaximum(20), .maximumPacketSize(65_536),
                        .topicAliasMaximum(5), .requestResponseInformation(1), .requestProblemInformation(0),
                        .userProperty("k", "v"), .authenticationMethod("PLAIN"), .authenticationData([1, 2]),
                    ]))),
        valid(
            "an empty will, user name and password are not absent", .v3_1_1,
            "10 15 00 04 'MQTT' 04 C6 00 00 00 00 00 01 't' 00 00 00 00 00 00",
            .connect(
                Connect(
                    version: .v3_1_1, clientIdentifier: "", will: Will(topic: "t"), userName: "", password: []
                ))),
        refused("an empty CONNECT", .all, "10 00", .lengthMismatch),
        refused(
            "[MQTT-3.1.2-1] another protocol name", .all, "10 0E 00 04 'MQTQ' 04 02 00 3C 00 02 'c1'",
            .unsupportedProtocolVersion),
        refused(
            "[MQTT-3.1.2-1] the protocol name in lower case", .all,
            "10 0E 00 04 'mqtt' 04 02 00 3C 00 02 'c1'",
            .unsupportedProtocolVersion),
        refused(
            "[MQTT-3.1.2-1] [MQTT-3.1.2-2] 3.1's name at another level", .all,
            "10 10 00 06 'MQIsdp' 04 02 00 3C 00 02 'c1'", .unsupportedProtocolVersion),
        refused(
            "[MQTT-3.1.2-2] level 3 under the name MQTT", .all, "10 0E 00 04 'MQTT' 03 02 00 3C 00 02 'c1'",
            .unsupportedProtocolVersion),
        refused(
            "[MQTT-3.1.2-2] level 6", .all, "10 0E 00 04 'MQTT' 06 02 00 3C 00 02 'c1'",
            .unsupportedProtocolVersion),
        refused(
            "[MQTT-3.1.2-2] level 0", .all, "10 0E 00 04 'MQTT' 00 02 00 3C 00 02 'c1'",
            .unsupportedProtocolVersion),
        refused(
            "[MQTT-3.1.2-2] the bridge bit does not exist in 5.0", .all,
            "10 0F 00 04 'MQTT' 85 02 00 3C 00 00 02 'c1'", .unsupportedProtocolVersion),
        refused(
            "[MQTT-3.1.2-1] a protocol name that is no UTF-8", .all, "10 06 00 04 'MQT' FF", .invalidString),
        refused(
            "[MQTT-3.1.3-3] no client identifier", .v3_1_1, "10 0A 00 04 'MQTT' 04 02 00 3C", .lengthMismatch),
        refused(
            "[MQTT-3.1.3-3] no client identifier", .v5, "10 0B 00 04 'MQTT' 05 02 00 3C 00", .lengthMismatch),
        refused(
            "[MQTT-3.1.3-4] a client identifier with U+0000", .from3_1_1,
            "10 0D 00 04 'MQTT' 04 02 00 3C 00 01 00", .invalidString),
        refused(
            "[MQTT-3.1.3-4] a client identifier that is no UTF-8", .v5,
            "10 0E 00 04 'MQTT' 05 02 00 3C 00 00 01 80", .invalidString),
        refused(
            "[MQTT-3.1.3-11] a will topic that is no UTF-8", .v3_1_1,
            "10 13 00 04 'MQTT' 04 06 00 00 00 01 'c' 00 02 C0 80 00 00", .invalidString),
        refused(
            "[MQTT-3.1.3-12] a user name that is no UTF-8", .v3_1_1,
            "10 11 00 04 'MQTT' 04 82 00 00 00 01 'c' 00 02 'a' FF", .invalidString),
        refused(
            "[MQTT-4.7.0-1] a will topic with a wildcard", .v3_1_1,
            "10 14 00 04 'MQTT' 04 06 00 00 00 01 'c' 00 03 't/#' 00 00", .invalidTopicName),
        refused(
            "[MQTT-4.7.3-1] an empty will topic", .v3_1_1,
            "10 11 00 04 'MQTT' 04 06 00 00 00 01 'c' 00 00 00 00",
            .invalidTopicName),
        refused(
            "[MQTT-3.1.2-9] the will's payload is missing", .v3_1_1,
            "10 10 00 04 'MQTT' 04 06 00 00 00 01 'c' 00 01 't'", .lengthMismatch),
        refused(
            "[MQTT-3.1.2-9] the will's properties are missing", .v5,
            "10 11 00 04 'MQTT' 05 06 00 00 00 00 01 'c' 00 01 't'", .lengthMismatch),
        refused(
            "the client identifier runs past the end", .v3_1_1, "10 0D 00 04 'MQTT' 04 02 00 3C 00 02 'c'",
            .lengthMismatch),
        refused(
            "[MQTT-2.2.2-1] the property length runs past the end", .v5,
            "10 0D 00 04 'MQTT' 05 02 00 3C 03 00 00", .lengthMismatch),
        refused(
            "Authentication Data without a method", .v5,
            "10 11 00 04 'MQTT' 05 02 00 3C 04 16 00 01 'x' 00 00", .authenticationDataWithoutMethod),
    ]

    private static func complete(_ version: ProtocolVersion) -> Connect {
        Connect(
            version: version, cleanStart: true, keepAlive: 10, clientIdentifier: "c1",
            will: Will(topic: "t", payload: Array("gone".utf8), qos: .atLeastOnce, retain: true),
            userName: "u", password: [0xFF, 0x00])
    }
}
