/// Bytes as a literal: hexadecimal pairs, and text between single quotes, as in `"00 04 'MQTT' 05"`.
public struct Wire: ExpressibleByStringLiteral, Sendable {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public init(stringLiteral text: String) {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let first = rest.popFirst() {
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\n") { continue }
            if first == UInt8(ascii: "'") {
                while let next = rest.popFirst(), next != UInt8(ascii: "'") { bytes.append(next) }
                continue
            }
            guard let second = rest.popFirst(),
                let byte = UInt8(String(decoding: [first, second], as: UTF8.self), radix: 16)
            else { preconditionFailure("not hexadecimal: \(text)") }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    public static func + (left: Self, right: Self) -> Self { Self(left.bytes + right.bytes) }

    /// So many bytes of one value.
    public static func fill(_ count: Int, _ byte: UInt8 = UInt8(ascii: "a")) -> Self {
        Self([UInt8](repeating: byte, count: count))
    }

    /// A packet around a body. The length is written here and not by the codec under test.
    public static func packet(_ firstByte: UInt8, _ body: Self) -> Self {
        Self([firstByte]) + length(body.bytes.count) + body
    }

    /// Properties behind their length.
    public static func properties(_ list: Self) -> Self { length(list.bytes.count) + list }

    /// A string or binary data behind its length of two bytes.
    public static func prefixed(_ field: Self) -> Self {
        Self([UInt8(field.bytes.count / 256), UInt8(field.bytes.count % 256)]) + field
    }

    /// A Variable Byte Integer by the formula of section 1.5.5.
    public static func length(_ value: Int) -> Self {
        if value < 128 { return Self([UInt8(value)]) }
        if value < 16_384 { return Self([UInt8(value % 128 + 128), UInt8(value / 128)]) }
        if value < 2_097_152 {
            return Self([UInt8(value % 128 + 128), UInt8(value / 128 % 128 + 128), UInt8(value / 16_384)])
        }
        return Self([
            UInt8(value % 128 + 128), UInt8(value / 128 % 128 + 128), UInt8(value / 16_384 % 128 + 128),
            UInt8(value / 2_097_152),
        ])
    }
}
