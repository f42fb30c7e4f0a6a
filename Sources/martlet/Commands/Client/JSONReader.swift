/// Reads JSON, RFC 8259, from bytes; nil where they are something else.
struct JSONReader {
    private static let deepest = 1_000

    private var rest: ArraySlice<UInt8>
    private var depth = 0

    static func read(_ bytes: [UInt8]) -> JSONValue? {
        // The text ends where a string of C does.
        var reader = JSONReader(rest: bytes.prefix { $0 != 0 }[...])
        guard bytes.count == reader.rest.count, let value = reader.value() else { return nil }
        reader.skipSpace()
        return reader.rest.isEmpty ? value : nil
    }

    private init(rest: ArraySlice<UInt8>) { self.rest = rest }

    private mutating func skipSpace() { rest = rest.drop { $0 <= 32 } }

    private mutating func skip(_ text: StaticString) -> Bool {
        let word = Array("\(text)".utf8)
        guard rest.starts(with: word) else { return false }
        rest = rest.dropFirst(word.count)
        return true
    }

    private mutating func value() -> JSONValue? {
        skipSpace()
        switch rest.first {
        case UInt8(ascii: "n"): return skip("null") ? .null : nil
        case UInt8(ascii: "t"): return skip("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return skip("false") ? .bool(false) : nil
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { return nil }
            return rest.first == UInt8(ascii: "[") ? array() : object()
        default: return number()
        }
    }

    private mutating func number() -> JSONValue? {
        let marks = "+-.eE0123456789".utf8
        let digits = rest.prefix { marks.contains($0) }
        guard let first = digits.first, first != UInt8(ascii: "+"),
            let value = Double(String(decoding: digits, as: UTF8.self))
        else { return nil }
        rest = rest.dropFirst(digits.count)
        return .number(value)
    }

    private mutating func array() -> JSONValue? {
        rest.removeFirst()
        var values: [JSONValue] = []
        skipSpace()
        if skip("]") { return .array([]) }
        while true {
            guard let value = value() else { return nil }
            values.append(value)
            skipSpace()
            if skip("]") { return .array(values) }
            guard skip(",") else { return nil }
        }
    }

    private mutating func object() -> JSONValue? {
        rest.removeFirst()
        var members: [(name: [UInt8], value: JSONValue)] = []
        skipSpace()
        if skip("}") { return .object([]) }
        while true {
            skipSpace()
            guard let name = string() else { return nil }
            skipSpace()
            guard skip(":"), let value = value() else { return nil }
            members.append((name, value))
            skipSpace()
            if skip("}") { return .object(members) }
            guard skip(",") else { return nil }
        }
    }

    private mutating func string() -> [UInt8]? {
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return bytes
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                bytes += escaped
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): return [34]
        case UInt8(ascii: "\\"): return [92]
        case UInt8(ascii: "/"): return [47]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            guard var code = hexadecimal(), code != 0 else { return nil }
            if (0xD800...0xDBFF).contains(code) {
                guard skip("\\u"), let low = hexadecimal(), (0xDC00...0xDFFF).contains(low) else {
                    return nil
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { return nil }
            return Array(String(Character(scalar)).utf8)
        default: return nil
        }
    }

    private mutating func hexadecimal() -> UInt32? {
        guard rest.count >= 4, let code = UInt32(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16)
        else { return nil }
        rest = rest.dropFirst(4)
        return code
    }
}
