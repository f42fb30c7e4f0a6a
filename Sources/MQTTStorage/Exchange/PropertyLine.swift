import MQTTCodec

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A property of a message or a will in JSON: by the name that Mosquitto's own dumps give it.
struct PropertyLine: Codable, Equatable {
    var identifier: String
    /// Of a user property.
    var name: String?
    var value: Value

    enum Value: Codable, Equatable {
        case number(UInt32)
        /// Binary data is in Base64.
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(UInt32.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }

    /// nil for what no message and no will carries.
    init?(_ property: Property) {
        switch property {
        case .payloadFormatIndicator(let flag):
            self.init("payload-format-indicator", .number(UInt32(flag)))
        case .messageExpiryInterval(let seconds): self.init("message-expiry-interval", .number(seconds))
        case .willDelayInterval(let seconds): self.init("will-delay-interval", .number(seconds))
        case .contentType(let text): self.init("content-type", .text(text.description))
        case .responseTopic(let topic): self.init("response-topic", .text(topic.description))
        case .correlationData(let bytes):
            self.init("correlation-data", .text(Data(bytes).base64EncodedString()))
        case .userProperty(let name, let value):
            self.init("user-property", .text(value.description))
            self.name = name.description
        default: return nil
        }
    }

    private init(_ identifier: String, _ value: Value) {
        self.identifier = identifier
        self.value = value
    }

    /// nil: the identifier or its value is none that can be.
    var property: Property? {
        switch (identifier, value) {
        case ("payload-format-indicator", .number(let flag)) where flag <= 1:
            .payloadFormatIndicator(UInt8(flag))
        case ("message-expiry-interval", .number(let seconds)): .messageExpiryInterval(seconds)
        case ("will-delay-interval", .number(let seconds)): .willDelayInterval(seconds)
        case ("content-type", .text(let text)): .contentType(MQTTString(text))
        case ("response-topic", .text(let text)): .responseTopic(MQTTString(text))
        case ("correlation-data", .text(let text)):
            Data(base64Encoded: text).map { .correlationData(Array($0)) }
        case ("user-property", .text(let text)): name.map { .userProperty(MQTTString($0), MQTTString(text)) }
        default: nil
        }
    }

    static func lines(_ properties: Properties) -> [PropertyLine]? {
        let lines = properties.list.compactMap { PropertyLine($0) }
        return lines.isEmpty ? nil : lines
    }

    static func properties(_ lines: [PropertyLine]?) throws(StoreError) -> Properties {
        var properties = Properties()
        for line in lines ?? [] {
            guard let property = line.property else {
                throw .refused("the property \(line.identifier) has no valid value")
            }
            properties.list.append(property)
        }
        return properties
    }
}
