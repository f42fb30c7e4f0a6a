import MQTTBroker

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A retained message without its payload.
struct RetainedValue: AdminValue {
    var topic: String
    var qos: Int
    var payloadBytes: Int
    var expiresInSeconds: Double?

    static let example = Self(
        topic: "house/kitchen/temperature", qos: 1, payloadBytes: 4, expiresInSeconds: 60.5)
}

extension RetainedValue {
    init(_ message: RetainedSummary) {
        topic = message.topic.description
        qos = Int(message.qos.rawValue)
        payloadBytes = message.payloadBytes
        expiresInSeconds = message.expiresIn.map { Double($0) / 1000 }
    }
}

/// A page of retained messages.
struct RetainedPage: AdminValue {
    var items: [RetainedValue]
    /// For `after`, to get the next page.
    var next: String?

    static let example = Self(items: [.example], next: "0.100")
}

/// A retained message with its payload.
struct RetainedMessageValue: AdminValue {
    var message: RetainedValue
    var payload: String
    /// `text`: as it is; `base64`: it is no UTF-8.
    var encoding: PayloadEncoding
    /// Whether the payload is longer than what is shown.
    var cut: Bool

    static let example = Self(message: .example, payload: "21.5", encoding: .text, cut: false)
}

extension RetainedMessageValue {
    init(_ message: RetainedSummary) {
        let text = String(validating: message.payload, as: UTF8.self)
        self.init(
            message: RetainedValue(message),
            payload: text ?? Data(message.payload).base64EncodedString(),
            encoding: text == nil ? .base64 : .text, cut: message.payloadBytes > message.payload.count)
    }
}

/// How a payload is written.
enum PayloadEncoding: String, Codable, Sendable, CaseIterable, WordValue {
    case text, base64
}

/// How many retained messages were deleted.
struct DeletedValue: AdminValue {
    var deleted: Int

    static let example = Self(deleted: 3)
}

/// Levels below a topic in the tree of retained messages.
struct TopicLevels: AdminValue {
    var items: [TopicLevelValue]

    static let example = Self(items: [.example])
}

/// One of them.
struct TopicLevelValue: AdminValue {
    var name: String
    /// Whether a message is retained at this very topic.
    var retained: Bool
    /// Whether there is something below it.
    var children: Bool

    static let example = Self(name: "kitchen", retained: false, children: true)
}
