import MQTTCodec

/// `%u` and `%c` in a rule: the user's name and the client identifier.
///
/// What a client calls itself must not let it out of its place: a rule that allows something does not hold for
/// names with a wildcard or a level separator in them, for empty ones, nor for one that would become the
/// beginning of a topic that starts with `$`. A rule that denies holds for all names.
enum AccessPlaceholder {
    static func isIn(_ bytes: ArraySlice<UInt8>) -> Bool {
        zip(bytes, bytes.dropFirst()).contains { percent, letter in
            percent == UInt8(ascii: "%") && (letter == UInt8(ascii: "u") || letter == UInt8(ascii: "c"))
        }
    }

    /// A level of a rule with the names of a client in it; nil: the rule does not hold for that client.
    static func replaced(
        in level: ArraySlice<UInt8>, _ client: AccessClient, isFirstLevel: Bool, isDenying: Bool
    ) -> ArraySlice<UInt8>? {
        var bytes: [UInt8] = []
        var rest = level
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let letter = rest.first else {
                bytes.append(byte)
                continue
            }
            let value: MQTTString?
            switch letter {
            case UInt8(ascii: "u"): value = client.userName
            case UInt8(ascii: "c"): value = client.clientIdentifier
            default:
                bytes.append(byte)
                continue
            }
            rest.removeFirst()
            guard let value, isDenying || isSafe(value) else { return nil }
            bytes += value.bytes
        }
        let dollar = UInt8(ascii: "$")
        let beginsWithDollar = isFirstLevel && bytes.first == dollar && level.first != dollar
        return beginsWithDollar && !isDenying ? nil : bytes[...]
    }

    private static func isSafe(_ value: MQTTString) -> Bool {
        !value.isEmpty && !value.bytes.contains { byte in "+#/".utf8.contains(byte) }
    }
}
