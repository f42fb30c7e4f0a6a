import MQTTClient
import MQTTCodec
import NIOCore

extension OutputFormat {
    /// Appends a message.
    ///
    /// - Throws: ``ToolError`` when `%J` is asked for and the payload is no JSON.
    func render(
        _ message: MQTTClient.Message, at time: LocalTime, isPretty: Bool, into bytes: inout [UInt8]
    ) throws(ToolError) {
        for part in parts {
            switch part {
            case .text(let text): bytes += text
            case .time("N"): bytes += Self.padded("\(time.nanoseconds)", 9)
            case .time(let code): bytes += Array(time.formatted("%\(code)").utf8)
            case .value(let code, let width):
                try Self.render(code, width, message, time, isPretty, into: &bytes)
            }
        }
    }

    private static func render(
        _ code: Character, _ width: Width, _ message: MQTTClient.Message, _ time: LocalTime, _ isPretty: Bool,
        into bytes: inout [UInt8]
    ) throws(ToolError) {
        let properties = message.properties
        switch code {
        case "A": optional(properties.topicAlias.map(Int.init), width, into: &bytes)
        case "C": text(properties.contentType?.bytes ?? [], width, into: &bytes)
        case "D":
            // Its width is not looked at.
            bytes += properties.correlationData ?? []
        case "E": optional(properties.messageExpiryInterval.map(Int.init), width, into: &bytes)
        case "F": optional(properties.payloadFormatIndicator.map(Int.init), width, into: &bytes)
        case "I": text(Array(time.formatted("%Y-%m-%dT%H:%M:%S%z").utf8), width, into: &bytes)
        case "j":
            bytes += try MessageJSON.render(message, time, isPayloadJSON: false, isPretty: isPretty)
        case "J":
            bytes += try MessageJSON.render(message, time, isPayloadJSON: true, isPretty: isPretty)
        case "l": number(message.payload.readableBytes, width, into: &bytes)
        case "m": number(Int(message.packetIdentifier), width, into: &bytes)
        case "p": payload(Array(message.payload.readableBytesView), width, nil, into: &bytes)
        case "P":
            let pairs = properties.userProperties.map { $0.name.bytes + [UInt8(ascii: ":")] + $0.value.bytes }
            bytes += Array(pairs.joined(separator: [UInt8(ascii: " ")]))
        case "q": bytes += Array("\(message.qos.rawValue)".utf8)
        case "r": bytes.append(UInt8(ascii: message.retain ? "1" : "0"))
        case "R":
            if let topic = properties.responseTopic { text(topic.bytes, width, into: &bytes) }
        case "S": optional(properties.subscriptionIdentifiers.first, width, into: &bytes)
        case "t": text(message.topicName.bytes, width, into: &bytes)
        case "U": bytes += Array("\(time.seconds).".utf8) + padded("\(time.nanoseconds)", 9)
        case "x": payload(Array(message.payload.readableBytesView), width, "0123456789abcdef", into: &bytes)
        case "X": payload(Array(message.payload.readableBytesView), width, "0123456789ABCDEF", into: &bytes)
        default: break
        }
    }

    private static func optional(_ value: Int?, _ width: Width, into bytes: inout [UInt8]) {
        if let value {
            number(value, width, into: &bytes)
        } else {
            bytes += Array(repeating: width.pad, count: width.field)
        }
    }

    private static func number(_ value: Int, _ width: Width, into bytes: inout [UInt8]) {
        let digits = Array("\(value)".utf8)
        let filling = max(0, width.field - digits.count)
        if width.isLeft && width.pad != UInt8(ascii: "0") {
            bytes += digits + Array(repeating: UInt8(ascii: " "), count: filling)
        } else {
            bytes += Array(repeating: width.pad, count: filling) + digits
        }
    }

    private static func text(_ value: [UInt8], _ width: Width, into bytes: inout [UInt8]) {
        let part = width.precision.map { Array(value.prefix($0)) } ?? value
        let filling = Array(repeating: UInt8(ascii: " "), count: max(0, width.field - part.count))
        bytes += width.isLeft ? part + filling : filling + part
    }

    /// A payload never takes more room than its field has, and half of that in hexadecimal digits.
    private static func payload(
        _ value: [UInt8], _ width: Width, _ digits: String?, into bytes: inout [UInt8]
    ) {
        var count = value.count
        var filling = 0
        if width.field > 0 {
            count = min(count, width.field)
            if digits != nil { count /= 2 }
            filling = width.field - count * (digits == nil ? 1 : 2)
        }
        if !width.isLeft { bytes += Array(repeating: width.pad, count: filling) }
        if let digits {
            let symbols = Array(digits.utf8)
            for byte in value.prefix(count) {
                bytes.append(symbols[Int(byte >> 4)])
                bytes.append(symbols[Int(byte & 15)])
            }
        } else {
            bytes += value.prefix(count)
        }
        if width.isLeft { bytes += Array(repeating: UInt8(ascii: " "), count: filling) }
    }

    private static func padded(_ digits: String, _ count: Int) -> [UInt8] {
        Array(repeating: UInt8(ascii: "0"), count: max(0, count - digits.utf8.count)) + Array(digits.utf8)
    }
}
