import MQTTCodec
import NIOCore

extension WireVectors {
    /// Section 3.3.
    static let publish: [WireVector] = [
        valid(
            "[MQTT-2.2.1-2] QoS 0 has no packet identifier", .before5, "30 07 00 03 'a/b' 'hi'",
            .publish(Publish(topicName: "a/b", payload: ByteBuffer(string: "hi")))),
        valid(
            "[MQTT-2.2.1-2] [MQTT-2.2.2-1] QoS 0 has no packet identifier", .v5, "30 08 00 03 'a/b' 00 'hi'",
            .publish(Publish(topicName: "a/b", payload: ByteBuffer(string: "hi")))),
        valid(
            "no payload, retained", .before5, "31 03 00 01 't'",
            .publish(Publish(topicName: "t", retain: true))),
        valid(
            "no payload, retained", .v5, "31 04 00 01 't' 00", .publish(Publish(topicName: "t", retain: true))
        ),
        valid(
            "QoS 1, packet identifier 1", .before5, "32 06 00 01 't' 00 01 'x'",
            .publish(
                Publish(
                    topicName: "t", payload: ByteBuffer(string: "x"), qos: .atLeastOnce, packetIdentifier: 1))
        ),
        valid(
            "QoS 2, DUP, retained, packet identifier 65535", .v5, "3D 07 00 01 't' FF FF 00 'x'",
            .publish(
                Publish(
                    topicName: "t", payload: ByteBuffer(string: "x"), qos: .exactlyOnce, retain: true,
                    dup: true,
                    packetIdentifier: 65_535))),
        valid(
            "[MQTT-3.3.1-2] DUP at QoS 1", .before5, "3A 05 00 01 't' 00 02",
            .publish(Publish(topicName: "t", qos: .atLeastOnce, dup: true, packetIdentifier: 2))),
        valid(
            "[MQTT-3.3.2-18] every property, User Properties in order", .v5,
            """
            30 3A 00 01 't'
            36 01 01 02 00 00 00 05 23 00 01 08 00 01 'r' 09 00 02 00 FF 26 00 01 'b' 00 01 '1'
               26 00 01 'a' 00 01 '2' 26 00 01 'b' 00 01 '1' 0B 01 0B FF FF FF 7F 03 00 04 'text'
            """,
            .publish(
                Publish(
                    topicName: "t",
                    properties: [
                        .payloadFormatIndicator(1), .messageExpiryInterval(5), .topicAlias(1),
                        .responseTopic("r"),
                        .correlationData([0, 0xFF]), .userProperty("b", "1"), .userProperty("a", "2"),
                        .userProperty("b", "1"), .subscriptionIdentifier(1),
                        .subscriptionIdentifier(268_435_455),
                        .contentType("text"),
                    ]))),
        valid(
            "an alias stands for the topic", .v5, "30 06 00 00 03 23 00 07",
            .publish(Publish(topicName: "", properties: [.topicAlias(7)]))),
        valid(
            "[MQTT-4.7.3-4] spaces, a leading slash and a dollar are characters of a topic", .before5,
            "30 08 00 06 '/ $ a' '/'", .publish(Publish(topicName: "/ $ a/"))),
        refused("[MQTT-3.3.1-4] QoS 3", .all, "36 06 00 01 't' 00 01 00", .invalidPublishFlags),
        refused("[MQTT-3.3.1-4] QoS 3 with DUP", .all, "3E 06 00 01 't' 00 01 00", .invalidPublishFlags),
        refused("[MQTT-3.3.1-2] DUP at QoS 0", .all, "38 04 00 01 't' 00", .invalidPublishFlags),
        refused(
            "[MQTT-2.2.1-3] [MQTT-2.2.1-4] packet identifier 0 at QoS 1", .all, "32 06 00 01 't' 00 00 00",
            .zeroPacketIdentifier),
        refused(
            "[MQTT-2.2.1-3] [MQTT-2.2.1-4] packet identifier 0 at QoS 2", .all, "34 06 00 01 't' 00 00 00",
            .zeroPacketIdentifier),
        refused("no packet identifier at QoS 1", .all, "32 03 00 01 't'", .lengthMismatch),
        refused("half a packet identifier", .all, "32 04 00 01 't' 00", .lengthMismatch),
        refused("[MQTT-3.3.2-1] no topic", .all, "30 00", .lengthMismatch),
        refused("[MQTT-3.3.2-1] the topic runs past the end", .all, "30 03 00 02 't'", .lengthMismatch),
        refused("[MQTT-3.3.2-1] a topic that is no UTF-8", .all, "30 05 00 02 'a' FF 00", .invalidString),
        refused(
            "[MQTT-4.7.3-2] a topic with U+0000", .all, "30 06 00 03 'a' 00 'b' 00", .invalidString),
        refused(
            "[MQTT-3.3.2-2] [MQTT-4.7.0-1] a topic with #", .all, "30 06 00 03 'a/#' 00", .invalidTopicName),
        refused(
            "[MQTT-3.3.2-2] [MQTT-4.7.0-1] a topic with +", .all, "30 06 00 03 'a+b' 00", .invalidTopicName),
        refused("[MQTT-4.7.3-1] an empty topic", .before5, "30 02 00 00", .invalidTopicName),
        refused("an empty topic without an alias", .v5, "30 03 00 00 00", .unknownTopicAlias),
        refused("no property length", .v5, "30 03 00 01 't'", .lengthMismatch),
        refused("the property length runs past the end", .v5, "30 05 00 01 't' 02 01", .lengthMismatch),
        refused(
            "[MQTT-1.5.5-1] a property length of 0 in two bytes", .v5, "30 05 00 01 't' 80 00",
            .invalidVariableByteInteger),
        valid(
            "[MQTT-4.7.3-3] a topic of 65,535 bytes", .before5, "30 81 80 04 FF FF" + .fill(65_535),
            .publish(Publish(topicName: MQTTString(Wire.fill(65_535).bytes)))),
    ]
}
