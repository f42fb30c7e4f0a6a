#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON being written, with its fields in the order in which they come.
struct JSONText {
    private(set) var text = ""
    private var isFirst = true

    mutating func object(_ fill: (inout JSONText) -> Void) { nested("{", "}", fill) }

    mutating func object(_ name: String, _ fill: (inout JSONText) -> Void) {
        key(name)
        nested("{", "}", fill)
    }

    mutating func array(_ name: String, _ fill: (inout JSONText) -> Void) {
        key(name)
        nested("[", "]", fill)
    }

    mutating func field(_ name: String, _ value: String) { raw(name, Self.quoted(value)) }
    mutating func field(_ name: String, _ value: Bool) { raw(name, value ? "true" : "false") }

    /// A value that is JSON already.
    mutating func raw(_ name: String, _ json: String) {
        key(name)
        text += json
        isFirst = false
    }

    mutating func element(_ value: String) {
        separate()
        text += Self.quoted(value)
        isFirst = false
    }

    static func text(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    private mutating func nested(_ open: String, _ close: String, _ fill: (inout JSONText) -> Void) {
        if open == "{" || open == "[" { if !text.hasSuffix(":") { separate() } }
        text += open
        isFirst = true
        fill(&self)
        text += close
        isFirst = false
    }

    private mutating func key(_ name: String) {
        separate()
        text += Self.quoted(name) + ":"
        isFirst = true
    }

    private mutating func separate() {
        if !isFirst { text += "," }
        isFirst = true
    }

    private static func quoted(_ value: String) -> String { text(of: value) }
}
