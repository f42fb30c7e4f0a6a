import MQTTCodec

/// Topic filters and names, against rules written as the specification has them: level by level.
///
/// Input: the length of the filter, the filter, the topic name.
func fuzzTopics(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let filterBytes = input.take(Int(input.byte()))
    let name = input.rest()
    for text in [filterBytes, name] {
        let expected = !text.contains(0) && String(validating: text, as: UTF8.self) != nil
        require(text.span.isMQTTString == expected, "UTF-8: \(text)")
    }
    let wildcards = [UInt8(ascii: "+"), UInt8(ascii: "#")]
    let isName = !name.isEmpty && name.span.isMQTTString && !name.contains { wildcards.contains($0) }
    require(name.span.isTopicName == isName, "topic name: \(name)")
    require(name.span.topicLevelCount == levels(name).count, "levels: \(name)")
    let reference = ReferenceFilter(filterBytes)
    guard let filter = try? TopicFilter(MQTTString(filterBytes)) else {
        require(reference == nil, "refused: \(filterBytes)")
        return
    }
    guard let reference else { fatalError("taken: \(filterBytes)") }
    require(filter.shareName?.bytes == reference.shareName, "share name: \(filterBytes)")
    require(
        Array(filter.pattern) == Array(reference.levels.joined(separator: [slash])), "pattern: \(filterBytes)"
    )
    if isName {
        require(filter.matches(MQTTString(name)) == reference.matches(name), "\(filterBytes) \(name)")
    }
}

private let slash = UInt8(ascii: "/")

private func levels(_ text: [UInt8]) -> [[UInt8]] {
    text.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)
}

private struct ReferenceFilter {
    var shareName: [UInt8]?
    var levels: [[UInt8]]

    private static let plus: [UInt8] = [UInt8(ascii: "+")]
    private static let hash: [UInt8] = [UInt8(ascii: "#")]

    init?(_ text: [UInt8]) {
        guard !text.isEmpty, !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
            return nil
        }
        func hasWildcard(_ level: [UInt8]) -> Bool {
            level.contains(Self.plus[0]) || level.contains(Self.hash[0])
        }
        levels = text.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)
        if levels.count > 1 && levels[0] == Array("$share".utf8) {
            guard !levels[1].isEmpty, !hasWildcard(levels[1]) else { return nil }
            shareName = levels[1]
            levels.removeFirst(2)
            guard !levels.isEmpty, levels != [[]] else { return nil }
        }
        for (index, level) in levels.enumerated() where hasWildcard(level) {
            guard level == Self.plus || level == Self.hash && index == levels.count - 1 else { return nil }
        }
    }

    func matches(_ topic: [UInt8]) -> Bool {
        var names = topic.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)[...]
        if topic.first == UInt8(ascii: "$") && (levels[0] == Self.plus || levels[0] == Self.hash) {
            return false
        }
        for level in levels {
            if level == Self.hash { return true }
            guard let name = names.popFirst(), level == Self.plus || level == name else { return false }
        }
        return names.isEmpty
    }
}
