/// A value of JSON, as Mosquitto's tools print it: members stay in their order, numbers are doubles.
indirect enum JSONValue {
    case null
    case bool(Bool)
    case number(Double)
    case string([UInt8])
    case array([JSONValue])
    case object([(name: [UInt8], value: JSONValue)])

    func render(isPretty: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes, isPretty, depth: 0)
        return bytes
    }

    private func write(into bytes: inout [UInt8], _ isPretty: Bool, depth: Int) {
        switch self {
        case .null: bytes += Array("null".utf8)
        case .bool(let value): bytes += Array((value ? "true" : "false").utf8)
        case .number(let value): bytes += Array(CNumber.text(value).utf8)
        case .string(let value): Self.write(string: value, into: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes += isPretty ? [44, 32] : [44] }
                value.write(into: &bytes, isPretty, depth: depth + 1)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            if isPretty { bytes.append(10) }
            for (index, member) in members.enumerated() {
                if isPretty { bytes += Array(repeating: 9, count: depth + 1) }
                Self.write(string: member.name, into: &bytes)
                bytes += isPretty ? [58, 9] : [58]
                member.value.write(into: &bytes, isPretty, depth: depth + 1)
                if index < members.count - 1 { bytes.append(44) }
                if isPretty { bytes.append(10) }
            }
            if isPretty { bytes += Array(repeating: 9, count: depth) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(string: [UInt8], into bytes: inout [UInt8]) {
        bytes.append(34)
        for byte in string {
            switch byte {
            case 34: bytes += [92, 34]
            case 92: bytes += [92, 92]
            case 8: bytes += Array("\\b".utf8)
            case 12: bytes += Array("\\f".utf8)
            case 10: bytes += Array("\\n".utf8)
            case 13: bytes += Array("\\r".utf8)
            case 9: bytes += Array("\\t".utf8)
            case 0..<32:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(34)
    }
}
