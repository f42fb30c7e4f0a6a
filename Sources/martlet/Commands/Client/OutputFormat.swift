import MQTTCodec

/// A format of `-F`: what of a message is printed, and how.
struct OutputFormat {
    /// How wide a value is printed, after `%`.
    struct Width {
        var isLeft = false
        var pad = UInt8(ascii: " ")
        var field = 0
        var precision: Int?
    }

    enum Part {
        case text([UInt8])
        case value(Character, Width)
        /// A conversion of `strftime`.
        case time(Character)
    }

    let parts: [Part]

    private static let codes: Set<Character> = [
        "%", "A", "C", "D", "E", "F", "I", "j", "J", "l", "m", "p", "P", "q", "r", "R", "S", "t", "U", "x",
        "X",
    ]
    private static let escapes: [Character: UInt8] = [
        "\\": 92, "0": 0, "a": 7, "e": 27, "n": 10, "r": 13, "t": 9, "v": 11,
    ]

    init(_ text: String) throws(ToolError) {
        var parts: [Part] = []
        var plain: [UInt8] = []
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "%":
                var width = Width()
                while rest.first == "-" || rest.first == "0" {
                    if rest.first == "-" { width.isLeft = true } else { width.pad = UInt8(ascii: "0") }
                    rest.removeFirst()
                }
                width.field = Self.number(&rest) ?? 0
                if rest.first == "." {
                    rest.removeFirst()
                    width.precision = Self.number(&rest) ?? 0
                }
                guard let code = rest.popFirst() else { throw ToolError("Incomplete format specifier.") }
                guard Self.codes.contains(code) else {
                    throw ToolError("Invalid format specifier '\(code)'.")
                }
                if code == "%" {
                    plain.append(UInt8(ascii: "%"))
                } else {
                    if !plain.isEmpty { parts.append(.text(plain)) }
                    plain = []
                    parts.append(.value(code, width))
                }
            case "@":
                guard let code = rest.popFirst() else { throw ToolError("Incomplete format specifier.") }
                if code == "@" {
                    plain.append(UInt8(ascii: "@"))
                } else {
                    if !plain.isEmpty { parts.append(.text(plain)) }
                    plain = []
                    parts.append(.time(code))
                }
            case "\\":
                guard let code = rest.popFirst() else { throw ToolError("Incomplete escape specifier.") }
                guard let byte = Self.escapes[code] else {
                    throw ToolError("Invalid escape specifier '\(code)'.")
                }
                plain.append(byte)
            default: plain += Array(character.utf8)
            }
        }
        if !plain.isEmpty { parts.append(.text(plain)) }
        self.parts = parts
    }

    private static func number(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest[digits.endIndex...]
        return Int(digits).map { min($0, 10_000) }
    }
}
