import MQTTClient
import MQTTCodec
import NIOCore

/// `%j` and `%J`: a message as JSON, its members named and ordered as Mosquitto's tools have them.
enum MessageJSON {
    static func render(
        _ message: MQTTClient.Message, _ time: LocalTime, isPayloadJSON: Bool, isPretty: Bool
    ) throws(ToolError) -> [UInt8] {
        let microseconds = String(time.nanoseconds / 1000 + 1_000_000).dropFirst()
        let stamp = time.formatted("%Y-%m-%dT%H:%M:%S") + ".\(microseconds)Z" + time.formatted("%z")
        var members: [(name: [UInt8], value: JSONValue)] = [
            (Array("tst".utf8), .string(Array(stamp.utf8))),
            (Array("topic".utf8), .string(message.topicName.bytes)),
            (Array("qos".utf8), .number(Double(message.qos.rawValue))),
            (Array("retain".utf8), .number(message.retain ? 1 : 0)),
            (Array("payloadlen".utf8), .number(Double(message.payload.readableBytes))),
        ]
        if message.qos != .atMostOnce {
            members.append((Array("mid".utf8), .number(Double(message.packetIdentifier))))
        }
        if !message.properties.isEmpty {
            members.append((Array("properties".utf8), .object(properties(message.properties))))
        }
        let payload = Array(message.payload.readableBytesView)
        if payload.isEmpty {
            members.append((Array("payload".utf8), .null))
        } else if isPayloadJSON {
            guard let value = JSONReader.read(payload) else {
                throw ToolError(
                    "Message payload is not valid JSON on topic \(message.topic).", isUsage: false)
            }
            members.append((Array("payload".utf8), value))
        } else {
            // As a string of C: to the first zero.
            members.append((Array("payload".utf8), .string(Array(payload.prefix { $0 != 0 }))))
        }
        return JSONValue.object(members).render(isPretty: isPretty)
    }

    private static func properties(_ properties: Properties) -> [(name: [UInt8], value: JSONValue)] {
        var members: [(name: [UInt8], value: JSONValue)] = []
        var hasUserProperties = false
        for property in properties.list {
            let (name, value): (String, JSONValue)
            switch property {
            case .payloadFormatIndicator(let number):
                (name, value) = ("payload-format-indicator", .number(Double(number)))
            case .messageExpiryInterval(let number):
                (name, value) = ("message-expiry-interval", .number(Double(number)))
            case .contentType(let text): (name, value) = ("content-type", .string(text.bytes))
            case .responseTopic(let text): (name, value) = ("response-topic", .string(text.bytes))
            case .correlationData(let bytes): (name, value) = ("correlation-data", .string(bytes))
            case .subscriptionIdentifier(let number):
                (name, value) = ("subscription-identifier", .number(Double(number)))
            case .topicAlias(let number): (name, value) = ("topic-alias", .number(Double(number)))
            case .userProperty:
                guard !hasUserProperties else { continue }
                hasUserProperties = true
                name = "user-properties"
                value = .object(
                    properties.userProperties.map { ($0.name.bytes, .string($0.value.bytes)) })
            default: continue
            }
            members.append((Array(name.utf8), value))
        }
        return members
    }
}
