extension Span where Element == UInt8 {
    /// Whether the bytes are a topic name: not empty [MQTT-4.7.3-1], at most 65,535 bytes [MQTT-4.7.3-3],
    /// well-formed UTF-8 without U+0000 [MQTT-4.7.3-2], and without wildcards [MQTT-4.7.0-1].
    public var isTopicName: Bool {
        guard count > 0, count <= 65_535 else { return false }
        for index in indices where self[index] == UInt8(ascii: "+") || self[index] == UInt8(ascii: "#") {
            return false
        }
        return isMQTTString
    }

    /// How many levels a topic name or filter has: one more than it has slashes.
    public var topicLevelCount: Int {
        var levels = 1
        for index in indices where self[index] == UInt8(ascii: "/") { levels += 1 }
        return levels
    }
}
