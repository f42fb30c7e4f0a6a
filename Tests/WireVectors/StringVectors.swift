import MQTTCodec

extension WireVectors {
    /// Section 1.5.4, as the client identifier of a CONNECT.
    static let strings: [WireVector] =
        legalStrings.flatMap { name, bytes in
            frames(bytes).map { version, frame in
                valid(
                    name, [version], frame,
                    .connect(Connect(version: version, clientIdentifier: MQTTString(bytes.bytes))))
            }
        }
        + illegalStrings.flatMap { name, bytes in
            frames(bytes).map { version, frame in refused(name, [version], frame, .invalidString) }
        }

    private static func frames(_ string: Wire) -> [(ProtocolVersion, Wire)] {
        [
            (.v3_1, .packet(0x10, "00 06 'MQIsdp' 03 02 00 00" + .prefixed(string))),
            (.v3_1_1, .packet(0x10, "00 04 'MQTT' 04 02 00 00" + .prefixed(string))),
            (.v5, .packet(0x10, "00 04 'MQTT' 05 02 00 00 00" + .prefixed(string))),
        ]
    }

    /// Strings that must be taken, and taken as they are.
    public static let legalStrings: [(name: String, bytes: Wire)] = [
        ("[MQTT-1.5.4-1] nothing", ""),
        ("[MQTT-1.5.4-1] U+0001", "01"),
        ("[MQTT-1.5.4-1] U+007F", "7F"),
        ("[MQTT-1.5.4-1] U+0080", "C2 80"),
        ("[MQTT-1.5.4-1] U+07FF", "DF BF"),
        ("[MQTT-1.5.4-1] U+0800", "E0 A0 80"),
        ("[MQTT-1.5.4-1] U+0FFF", "E0 BF BF"),
        ("[MQTT-1.5.4-1] U+1000", "E1 80 80"),
        ("[MQTT-1.5.4-1] U+D7FF, the last before the surrogates", "ED 9F BF"),
        ("[MQTT-1.5.4-1] U+E000, the first after the surrogates", "EE 80 80"),
        ("[MQTT-1.5.4-1] U+FFFF", "EF BF BF"),
        ("[MQTT-1.5.4-1] U+10000", "F0 90 80 80"),
        ("[MQTT-1.5.4-1] U+2A6D4, the specification's example", "'A' F0 AA 9B 94"),
        ("[MQTT-1.5.4-1] U+FFFFF", "F3 BF BF BF"),
        ("[MQTT-1.5.4-1] U+10FFFF", "F4 8F BF BF"),
        ("[MQTT-1.5.4-3] a byte order mark at the beginning", "EF BB BF 'a'"),
        ("[MQTT-1.5.4-3] a byte order mark within", "'a' EF BB BF 'b'"),
        ("[MQTT-1.5.4-3] a byte order mark alone", "EF BB BF"),
        ("[MQTT-4.7.3-4] e and a combining accent", "'e' CC 81"),
        ("[MQTT-4.7.3-4] e with an accent", "C3 A9"),
        ("[MQTT-1.5.4-1] 65,535 bytes", .fill(65_535)),
        ("[MQTT-1.5.4-1] more than a word of ASCII, then two bytes", "'abcdefghijklmno' C3 A9 'pqrstuvwxyz'"),
    ]

    /// Bytes that are no string.
    public static let illegalStrings: [(name: String, bytes: Wire)] = [
        ("[MQTT-1.5.4-2] U+0000", "00"),
        ("[MQTT-1.5.4-2] U+0000 at the end", "'abcdefghijklmno' 00"),
        ("[MQTT-1.5.4-2] U+0000 in the first word", "'abcdefg' 00 'ijklmnop'"),
        ("[MQTT-1.5.4-2] U+0000 after U+0001 and before it", "01 00 01 01 01 01 01 01"),
        ("[MQTT-1.5.4-1] U+D800", "ED A0 80"),
        ("[MQTT-1.5.4-1] U+DBFF", "ED AF BF"),
        ("[MQTT-1.5.4-1] U+DC00", "ED B0 80"),
        ("[MQTT-1.5.4-1] U+DFFF", "ED BF BF"),
        ("[MQTT-1.5.4-1] a surrogate pair", "ED A1 8C ED BE B4"),
        ("[MQTT-1.5.4-2] U+0000 in two bytes", "C0 80"),
        ("[MQTT-1.5.4-1] a slash in two bytes", "C0 AF"),
        ("[MQTT-1.5.4-1] U+007F in two bytes", "C1 BF"),
        ("[MQTT-1.5.4-1] U+07FF in three bytes", "E0 9F BF"),
        ("[MQTT-1.5.4-1] U+FFFF in four bytes", "F0 8F BF BF"),
        ("[MQTT-1.5.4-1] U+110000", "F4 90 80 80"),
        ("[MQTT-1.5.4-1] a first byte of F5", "F5 80 80 80"),
        ("[MQTT-1.5.4-1] five bytes", "F8 88 80 80 80"),
        ("[MQTT-1.5.4-1] a first byte of FE", "FE"),
        ("[MQTT-1.5.4-1] a first byte of FF", "FF"),
        ("[MQTT-1.5.4-1] a continuation alone", "80"),
        ("[MQTT-1.5.4-1] a continuation after ASCII", "'abcdefgh' BF"),
        ("[MQTT-1.5.4-1] two bytes, cut", "'a' C3"),
        ("[MQTT-1.5.4-1] three bytes, cut after one", "E2"),
        ("[MQTT-1.5.4-1] three bytes, cut after two", "E2 82"),
        ("[MQTT-1.5.4-1] four bytes, cut after three", "F0 9F 92"),
        ("[MQTT-1.5.4-1] two bytes, the second ASCII", "C3 'a'"),
        ("[MQTT-1.5.4-1] three bytes, the third ASCII", "E2 82 'a'"),
        ("[MQTT-1.5.4-1] three bytes, the third a first byte", "E2 82 C2"),
        ("[MQTT-1.5.4-1] four bytes, the fourth ASCII", "F0 9F 92 'a'"),
    ]
}
