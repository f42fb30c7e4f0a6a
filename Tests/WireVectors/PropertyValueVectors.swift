import MQTTCodec

extension WireVectors {
    /// Section 3: values that a property may and may not have, and the boundaries of its data type.
    static let propertyValues: [WireVector] = legal + illegal

    private static let legal: [WireVector] =
        [
            (0x0B, "01", 1), (0x0B, "7F", 127), (0x0B, "80 01", 128), (0x0B, "FF 7F", 16_383),
            (0x0B, "80 80 01", 16_384), (0x0B, "FF FF 7F", 2_097_151), (0x0B, "80 80 80 01", 2_097_152),
            (0x0B, "FF FF FF 7F", 268_435_455),
        ].map { (identifier: UInt8, bytes: Wire, value: Int) in
            valid(
                "[MQTT-1.5.5-1] Subscription Identifier \(value)", .v5,
                PropertyPlace.subscribe.frame(Wire([identifier]) + bytes),
                PropertyPlace.subscribe.packet([.subscriptionIdentifier(value)]))
        } + [
            row("Payload Format Indicator 0", .publish, "01 00", .payloadFormatIndicator(0)),
            row("Message Expiry Interval 0", .publish, "02 00 00 00 00", .messageExpiryInterval(0)),
            row("[MQTT-3.3.2-19] empty Content Type", .publish, "03 00 00", .contentType("")),
            row("empty Correlation Data", .publish, "09 00 00", .correlationData([])),
            row("Topic Alias 65535", .publish, "23 FF FF", .topicAlias(65_535)),
            row("Receive Maximum 1", .connect, "21 00 01", .receiveMaximum(1)),
            row("Maximum Packet Size 1", .connect, "27 00 00 00 01", .maximumPacketSize(1)),
            row("Request Problem Information 1", .connect, "17 01", .requestProblemInformation(1)),
            row("Request Response Information 0", .connect, "19 00", .requestResponseInformation(0)),
            row("Maximum QoS 0", .connack, "24 00", .maximumQoS(0)),
            row("Retain Available 1", .connack, "25 01", .retainAvailable(1)),
            row("[MQTT-1.5.7-1] empty User Property", .publish, "26 00 00 00 00", .userProperty("", "")),
        ]

    private static func row(
        _ name: String, _ place: PropertyPlace, _ bytes: Wire, _ property: Property
    ) -> WireVector {
        valid(name, .v5, place.frame(bytes), place.packet([property]))
    }

    private static let illegal: [WireVector] = [
        (
            "Payload Format Indicator 2", PropertyPlace.publish, "01 02" as Wire,
            WireError.invalidPropertyValue
        ),
        ("Payload Format Indicator 255", .will, "01 FF", .invalidPropertyValue),
        ("Subscription Identifier 0", .subscribe, "0B 00", .invalidPropertyValue),
        (
            "[MQTT-1.5.5-1] Subscription Identifier 0 in two bytes", .subscribe, "0B 80 00",
            .invalidVariableByteInteger
        ),
        (
            "[MQTT-1.5.5-1] Subscription Identifier 1 in four bytes", .subscribe, "0B 81 80 80 00",
            .invalidVariableByteInteger
        ),
        (
            "[MQTT-1.5.5-1] Subscription Identifier 127 in two bytes", .subscribe, "0B FF 00",
            .invalidVariableByteInteger
        ),
        (
            "Subscription Identifier of five bytes", .subscribe, "0B 80 80 80 80 01",
            .invalidVariableByteInteger
        ),
        ("a cut Subscription Identifier", .subscribe, "0B 80 80", .lengthMismatch),
        ("Receive Maximum 0", .connect, "21 00 00", .invalidPropertyValue),
        ("Receive Maximum 0", .connack, "21 00 00", .invalidPropertyValue),
        ("Maximum Packet Size 0", .connect, "27 00 00 00 00", .invalidPropertyValue),
        ("Maximum Packet Size 0", .connack, "27 00 00 00 00", .invalidPropertyValue),
        ("Request Problem Information 2", .connect, "17 02", .invalidPropertyValue),
        ("Request Response Information 2", .connect, "19 02", .invalidPropertyValue),
        ("[MQTT-3.3.2-8] Topic Alias 0", .publish, "23 00 00", .invalidTopicAlias),
        ("Maximum QoS 2", .connack, "24 02", .invalidPropertyValue),
        ("Retain Available 2", .connack, "25 02", .invalidPropertyValue),
        ("Wildcard Subscription Available 2", .connack, "28 02", .invalidPropertyValue),
        ("Subscription Identifier Available 2", .connack, "29 02", .invalidPropertyValue),
        ("Shared Subscription Available 2", .connack, "2A 02", .invalidPropertyValue),
        ("[MQTT-3.3.2-19] Content Type that is no UTF-8", .publish, "03 00 01 FF", .invalidString),
        ("[MQTT-3.3.2-13] Response Topic that is no UTF-8", .publish, "08 00 01 FF", .invalidString),
        ("[MQTT-3.3.2-13] Response Topic that is no UTF-8", .will, "08 00 02 'a' 00", .invalidString),
        ("[MQTT-3.3.2-14] Response Topic with #", .publish, "08 00 03 'a/#'", .invalidTopicName),
        ("[MQTT-3.3.2-14] Response Topic with +", .will, "08 00 01 '+'", .invalidTopicName),
        ("[MQTT-4.7.3-1] empty Response Topic", .publish, "08 00 00", .invalidTopicName),
        ("Reason String that is no UTF-8", .puback, "1F 00 01 80", .invalidString),
        ("Authentication Method that is no UTF-8", .auth, "15 00 01 80", .invalidString),
        ("Server Reference that is no UTF-8", .disconnect, "1C 00 01 80", .invalidString),
        ("Response Information that is no UTF-8", .connack, "1A 00 01 80", .invalidString),
        ("Assigned Client Identifier that is no UTF-8", .connack, "12 00 01 80", .invalidString),
        ("Authentication Data without a method", .connack, "16 00 01 FF", .authenticationDataWithoutMethod),
        ("a string's length without the string", .publish, "03 00 01", .lengthMismatch),
        ("half a string's length", .publish, "03 00", .lengthMismatch),
    ].map { refused($0.0, .v5, $0.1.frame($0.2), $0.3) }
}
