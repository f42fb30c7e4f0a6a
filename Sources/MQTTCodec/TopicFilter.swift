/// A topic filter of SUBSCRIBE or UNSUBSCRIBE, MQTT 5.0 section 4.7, shared or not.
public struct TopicFilter: Hashable, Sendable {
    /// The whole of it, with `$share/{ShareName}/` where it is shared: what UNSUBSCRIBE compares, byte by
    /// byte [MQTT-3.10.4-1].
    public let string: MQTTString
    /// Where the filter proper begins: behind the share name, else 0.
    let start: Int

    /// - Throws: ``WireError/invalidTopicFilter`` unless it keeps the rules of [MQTT-4.7.1-1, -2],
    ///   [MQTT-4.7.3-1, -2, -3] and, when it starts with `$share/`, of [MQTT-4.8.2-1, -2].
    public init(_ string: MQTTString) throws(WireError) {
        let bytes = string.bytes.span
        guard bytes.count > 0, bytes.count <= 65_535, bytes.isMQTTString else { throw .invalidTopicFilter }
        var start = 0
        if string.bytes.starts(with: Self.sharePrefix) {
            guard let slash = string.bytes[Self.sharePrefix.count...].firstIndex(of: UInt8(ascii: "/")),
                slash > Self.sharePrefix.count,
                !string.bytes[Self.sharePrefix.count..<slash].contains(where: Self.isWildcard),
                slash + 1 < bytes.count
            else { throw .invalidTopicFilter }
            start = slash + 1
        }
        for index in start..<bytes.count where Self.isWildcard(bytes[index]) {
            let opensLevel = index == start || bytes[index - 1] == UInt8(ascii: "/")
            let endsFilter = index == bytes.count - 1
            let closesLevel = endsFilter || bytes[index + 1] == UInt8(ascii: "/")
            guard opensLevel, bytes[index] == UInt8(ascii: "#") ? endsFilter : closesLevel else {
                throw .invalidTopicFilter
            }
        }
        self.string = string
        self.start = start
    }

    /// The share name of a shared subscription, section 4.8.2.
    public var shareName: MQTTString? {
        guard start > 0 else { return nil }
        return MQTTString(Array(string.bytes[Self.sharePrefix.count..<start - 1]))
    }

    /// What topic names are matched against: the filter without `$share/{ShareName}/`.
    public var pattern: ArraySlice<UInt8> { string.bytes[start...] }

    public var isShared: Bool { start > 0 }

    public var hasWildcard: Bool { pattern.contains(where: Self.isWildcard) }

    /// Whether a topic name matches, sections 4.7.1 and 4.7.2: byte by byte [MQTT-4.7.3-4], and no
    /// leading wildcard matches a topic that begins with `$` [MQTT-4.7.2-1].
    ///
    /// This is the plain rule. A broker with many subscriptions uses a tree.
    public func matches(_ topic: MQTTString) -> Bool {
        let pattern = Array(self.pattern)
        let name = topic.bytes
        if name.first == UInt8(ascii: "$") && Self.isWildcard(pattern[0]) { return false }
        var place = 0
        var at = 0
        while place < pattern.count {
            if pattern[place] == UInt8(ascii: "#") { return true }
            if pattern[place] == UInt8(ascii: "+") {
                while at < name.count && name[at] != UInt8(ascii: "/") { at += 1 }
                place += 1
            } else {
                guard at < name.count && name[at] == pattern[place] else {
                    // "sport/#" also matches "sport".
                    return at == name.count
                        && pattern[place...].elementsEqual([UInt8(ascii: "/"), UInt8(ascii: "#")])
                }
                at += 1
                place += 1
            }
        }
        return at == name.count
    }

    private static let sharePrefix = Array("$share/".utf8)

    private static func isWildcard(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#")
    }
}

extension TopicFilter: CustomStringConvertible {
    public var description: String { string.description }
}
