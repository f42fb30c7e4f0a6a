import MQTTCodec

extension WireVectors {
    /// Section 3.8.
    static let subscribe: [WireVector] =
        [
            valid(
                "[MQTT-3.8.3-2] one filter", .before5, "82 08 00 0A 00 03 'a/b' 01",
                .subscribe(
                    Subscribe(packetIdentifier: 10, [.init("a/b", SubscriptionOptions(qos: .atLeastOnce))]))),
            valid(
                "[MQTT-3.8.3-2] [MQTT-2.2.2-1] one filter", .v5, "82 09 00 0A 00 00 03 'a/b' 01",
                .subscribe(
                    Subscribe(packetIdentifier: 10, [.init("a/b", SubscriptionOptions(qos: .atLeastOnce))]))),
            valid(
                "several filters", .before5, "82 0E 00 01 00 01 '#' 00 00 01 '+' 01 00 01 'a' 02",
                .subscribe(
                    Subscribe(
                        packetIdentifier: 1,
                        [
                            .init("#"), .init("+", SubscriptionOptions(qos: .atLeastOnce)),
                            .init("a", SubscriptionOptions(qos: .exactlyOnce)),
                        ]))),
            valid(
                "a subscription identifier and a User Property", .v5,
                "82 12 FF FF 0C 0B FF FF FF 7F 26 00 01 'k' 00 01 'v' 00 00 00",
                .subscribe(
                    Subscribe(
                        packetIdentifier: 65_535, [.init("")],
                        properties: [.subscriptionIdentifier(268_435_455), .userProperty("k", "v")]))),
            valid(
                "filters that are no filters are answered one by one", .before5,
                "82 0B 00 01 00 03 'a#b' 00 00 00 02",
                .subscribe(
                    Subscribe(
                        packetIdentifier: 1,
                        [.init("a#b"), .init("", SubscriptionOptions(qos: .exactlyOnce))]))),
            refused("[MQTT-3.8.3-2] no filter", .before5, "82 02 00 01", .emptyFilterList),
            refused("[MQTT-3.8.3-2] no filter", .v5, "82 03 00 01 00", .emptyFilterList),
            refused(
                "[MQTT-3.8.3-2] a filter without options", .before5, "82 05 00 01 00 01 'a'", .lengthMismatch),
            refused(
                "[MQTT-2.2.1-3] packet identifier 0", .before5, "82 06 00 00 00 01 'a' 00",
                .zeroPacketIdentifier),
            refused(
                "[MQTT-2.2.1-3] packet identifier 0", .v5, "82 07 00 00 00 00 01 'a' 00",
                .zeroPacketIdentifier),
            refused(
                "[MQTT-3.8.3-1] a filter that is no UTF-8", .before5, "82 06 00 01 00 01 FF 00",
                .invalidString),
            refused(
                "[MQTT-3.8.3-1] a filter that is no UTF-8", .v5, "82 07 00 01 00 00 01 C1 00", .invalidString),
            refused(
                "[MQTT-4.7.3-2] a filter with U+0000", .before5, "82 06 00 01 00 01 00 00", .invalidString),
            refused("no property length", .v5, "82 02 00 01", .lengthMismatch),
            refused("an empty SUBSCRIBE", .all, "82 00", .lengthMismatch),
        ] + options

    /// All 256 values of the options byte in 5.0, all legal and many illegal ones before.
    private static let options: [WireVector] = (UInt8(0)...255).flatMap { byte -> [WireVector] in
        let new: Wire = "82 07 00 01 00 00 01 't'" + Wire([byte])
        let old: Wire = "82 06 00 01 00 01 't'" + Wire([byte])
        let name = "options \(byte)"
        var vectors: [WireVector] = []
        if let packet = packet(optionBits: byte) {
            vectors.append(valid("[MQTT-3.8.3-5] \(name)", .v5, new, packet))
        } else {
            vectors.append(
                byte < 0b0100_0000
                    ? refused(name, .v5, new, .invalidSubscriptionOptions)
                    : refused("[MQTT-3.8.3-5] \(name)", .v5, new, .reservedBits))
        }
        if byte > 2 {
            let error: WireError = byte == 3 ? .invalidSubscriptionOptions : .reservedBits
            vectors.append(refused("[MQTT-3.1.1/3.8.3-4] \(name)", .v3_1_1, old, error))
        }
        return vectors
    }

    private static func packet(optionBits byte: UInt8) -> ControlPacket? {
        guard byte < 0b0100_0000, byte & 0b11 != 0b11, byte & 0b11_0000 != 0b11_0000 else { return nil }
        let handling: SubscriptionOptions.RetainHandling =
            byte & 0b10_0000 != 0 ? .doNotSend : byte & 0b01_0000 != 0 ? .sendIfNew : .sendAlways
        let qos: QoS = byte & 0b10 != 0 ? .exactlyOnce : byte & 0b01 != 0 ? .atLeastOnce : .atMostOnce
        let options = SubscriptionOptions(
            qos: qos, noLocal: byte & 0b100 != 0, retainAsPublished: byte & 0b1000 != 0,
            retainHandling: handling)
        return .subscribe(Subscribe(packetIdentifier: 1, [.init("t", options)]))
    }
}
