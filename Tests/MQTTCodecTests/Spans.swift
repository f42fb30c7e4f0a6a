import MQTTCodec

/// What is asked of spans, asked of what owns them: `#expect` cannot take a span apart.
extension [UInt8] {
    var isMQTTString: Bool { span.isMQTTString }
    var isTopicName: Bool { span.isTopicName }
}

extension MQTTString {
    var isTopicName: Bool { bytes.isTopicName }
    var topicLevelCount: Int { bytes.span.topicLevelCount }
}
