import Logging

/// A log line being built.
struct LogLine {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// `<6>`: the priority of syslog(3), which the journal takes off the line.
    mutating func addPriority(_ level: Logger.Level) {
        let priority =
            switch level {
            case .trace, .debug: 7
            case .info: 6
            case .notice: 5
            case .warning: 4
            case .error: 3
            case .critical: 2
            }
        add("<\(priority)>")
    }

    /// `2026-01-31T12:00:00.000Z info listening on mqtt://127.0.0.1:1883 key=value`
    mutating func addText(_ event: LogEvent, _ time: Timestamp, _ metadata: Logger.Metadata) {
        time.append(to: &bytes)
        add(" ")
        add(event.level.rawValue)
        add(" ")
        addPlain(event.message.description)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            add(" ")
            addPlain(key)
            add("=")
            let text = value.description
            if text.utf8.allSatisfy(Self.needsNoQuotes), !text.isEmpty { add(text) } else { addQuoted(text) }
        }
        add("\n")
    }

    /// `{"time":"...","level":"info","logger":"martlet","message":"...","metadata":{"key":"value"}}`
    mutating func addJSON(
        _ event: LogEvent, _ time: Timestamp, _ metadata: Logger.Metadata, label: String
    ) {
        add("{\"time\":\"")
        time.append(to: &bytes)
        add("\",\"level\":\"")
        add(event.level.rawValue)
        add("\",\"logger\":")
        addQuoted(label)
        add(",\"message\":")
        addQuoted(event.message.description)
        if !metadata.isEmpty {
            add(",\"metadata\":")
            addObject(metadata)
        }
        add("}\n")
    }

    /// `{"time":"...","key":"value"}`, in the order given.
    mutating func addRecord(_ fields: [(String, String)], _ time: Timestamp) {
        add("{\"time\":\"")
        time.append(to: &bytes)
        add("\"")
        for (key, value) in fields {
            add(",")
            addQuoted(key)
            add(":")
            addQuoted(value)
        }
        add("}\n")
    }

    private mutating func addObject(_ object: Logger.Metadata) {
        add("{")
        for (index, entry) in object.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { add(",") }
            addQuoted(entry.key)
            add(":")
            addValue(entry.value)
        }
        add("}")
    }

    private mutating func addValue(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): addQuoted(text)
        case .stringConvertible(let value):
            if value is any BinaryInteger || value is Bool {
                add(value.description)
            } else {
                addQuoted(value.description)
            }
        case .array(let values):
            add("[")
            for (index, value) in values.enumerated() {
                if index > 0 { add(",") }
                addValue(value)
            }
            add("]")
        case .dictionary(let object): addObject(object)
        }
    }

    private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Text as it is, but without anything that could start a new line or steer a terminal: clients choose
    /// parts of what is logged.
    private mutating func addPlain(_ text: String) {
        guard !text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return add(text) }
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7F { addEscape(byte) } else { bytes.append(byte) }
        }
    }

    /// A JSON string.
    private mutating func addQuoted(_ text: String) {
        add("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                add("\\")
                bytes.append(byte)
            case 0..<0x20, 0x7F: addEscape(byte)
            default: bytes.append(byte)
            }
        }
        add("\"")
    }

    private mutating func addEscape(_ byte: UInt8) {
        let digits = Array("0123456789abcdef".utf8)
        add("\\u00")
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
    }

    private static func needsNoQuotes(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
            && byte != UInt8(ascii: "\\")
    }
}
