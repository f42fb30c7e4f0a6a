import MQTTCodec
import Testing

/// Sections 4.7 and 4.8.2, by the specification's own examples and against a naive reference.
@Suite struct TopicFilterTests {
    private func matches(_ filter: MQTTString, _ topic: MQTTString) throws -> Bool {
        try TopicFilter(filter).matches(topic)
    }

    private func expectInvalid(_ filters: [MQTTString], sourceLocation: SourceLocation = #_sourceLocation) {
        for filter in filters {
            #expect(throws: WireError.invalidTopicFilter, "\(filter)", sourceLocation: sourceLocation) {
                try TopicFilter(filter)
            }
        }
    }

    @Test("[MQTT-4.7.1-1] # stands alone or after a slash, and last")
    func multiLevelWildcard() throws {
        for filter: MQTTString in ["#", "sport/tennis/#", "/#", "+/#", "//#"] {
            #expect(try TopicFilter(filter).hasWildcard)
        }
        expectInvalid([
            "sport/tennis#", "sport/tennis/#/ranking", "##", "#/", "a/##", "#a", "a/#b", "+#", "#+",
        ])
    }

    @Test("[MQTT-4.7.1-2] + stands anywhere, and takes a whole level")
    func singleLevelWildcard() throws {
        for filter: MQTTString in ["+", "+/tennis/#", "sport/+/player1", "/+", "+/", "+/+", "a/+"] {
            #expect(try TopicFilter(filter).hasWildcard)
        }
        expectInvalid(["sport+", "+a", "a/+b", "a/b+/c", "++", "+/a+"])
    }

    @Test("[MQTT-4.7.1-1] [MQTT-4.7.1-2] what the specification says of its examples")
    func examples() throws {
        for topic: MQTTString in [
            "sport/tennis/player1", "sport/tennis/player1/ranking", "sport/tennis/player1/score/wimbledon",
        ] {
            #expect(try matches("sport/tennis/player1/#", topic))
        }
        #expect(try matches("sport/#", "sport"))
        #expect(try matches("#", "sport/tennis"))
        #expect(try matches("sport/tennis/+", "sport/tennis/player1"))
        #expect(try !matches("sport/tennis/+", "sport/tennis/player1/ranking"))
        #expect(try !matches("sport/+", "sport"))
        #expect(try matches("sport/+", "sport/"))
        #expect(try matches("+/+", "/finance"))
        #expect(try matches("/+", "/finance"))
        #expect(try !matches("+", "/finance"))
        #expect(try !matches("sport/#", "sports"))
        #expect(try !matches("sport/#", "spor"))
        #expect(try !matches("sport/tennis/#", "sport"))
    }

    @Test("[MQTT-4.7.2-1] a filter that begins with a wildcard matches no topic that begins with $")
    func dollarTopics() throws {
        for filter: MQTTString in [
            "#", "+/monitor/Clients", "+/#", "+", "$share/g/#", "$share/g/+/monitor/Clients",
        ] {
            #expect(try !matches(filter, "$SYS/monitor/Clients"), "\(filter)")
            #expect(try !matches(filter, "$SYS"), "\(filter)")
        }
        for filter: MQTTString in ["$SYS/#", "$SYS/monitor/+", "$SYS/+/Clients", "$share/g/$SYS/#"] {
            #expect(try matches(filter, "$SYS/monitor/Clients"), "\(filter)")
        }
        #expect(try matches("#", "a/$SYS"))
        #expect(try matches("+/$SYS", "a/$SYS"))
    }

    @Test("[MQTT-4.7.3-1] a filter and a topic name have a character at least")
    func empty() {
        expectInvalid([""])
        #expect(!MQTTString("").isTopicName)
        #expect(MQTTString(" ").isTopicName)
    }

    @Test("[MQTT-4.7.3-2] a filter and a topic name have no U+0000")
    func null() {
        expectInvalid([MQTTString([0]), MQTTString([0x61, 0, 0x62]), MQTTString([0x61, 0x2F, 0])])
        #expect(!([0x61, 0] as [UInt8]).isTopicName)
    }

    @Test("[MQTT-4.7.3-3] a filter and a topic name have 65,535 bytes at most")
    func longest() throws {
        let longest = [UInt8](repeating: 0x61, count: 65_535)
        #expect(longest.isTopicName)
        #expect(!(longest + [0x61]).isTopicName)
        _ = try TopicFilter(MQTTString(longest))
        expectInvalid([MQTTString(longest + [0x61])])
    }

    @Test(
        "[MQTT-4.7.3-4] matching compares bytes: no case, no accents, no normal forms, no empty levels made equal"
    )
    func noNormalisation() throws {
        #expect(try !matches("ACCOUNTS", "Accounts"))
        #expect(try !matches("\u{E9}", "e\u{301}"))
        #expect(try !matches("e\u{301}", "\u{E9}"))
        #expect(try matches("e\u{301}", "e\u{301}"))
        #expect(try !matches("/a", "a"))
        #expect(try !matches("a/", "a"))
        #expect(try !matches("a//b", "a/b"))
        #expect(try !matches("\u{FEFF}a", "a"))
        #expect(try TopicFilter("e\u{301}") != TopicFilter("\u{E9}"))
    }

    @Test("[MQTT-4.7.0-1] wildcards are no part of a topic name; other characters are")
    func topicNames() {
        for name: MQTTString in ["a", "/", "a b", "$SYS/x", "a//b", "\u{1}", "é/漢", "$share/a/b"] {
            #expect(name.isTopicName, "\(name)")
        }
        for name: MQTTString in ["+", "#", "a/+", "a/#", "a+b", "a#"] {
            #expect(!name.isTopicName, "\(name)")
        }
        #expect(("a//b" as MQTTString).topicLevelCount == 3)
        #expect(("/" as MQTTString).topicLevelCount == 2)
        #expect(("a" as MQTTString).topicLevelCount == 1)
    }

    @Test("[MQTT-4.8.2-1] a shared subscription starts with $share/ and names its group")
    func shareName() throws {
        let filter = try TopicFilter("$share/consumer1/sport/tennis/+")
        #expect(filter.isShared)
        #expect(filter.shareName == "consumer1")
        #expect(Array(filter.pattern) == Array("sport/tennis/+".utf8))
        #expect(filter.matches("sport/tennis/player1"))
        #expect(!filter.matches("$share/consumer1/sport/tennis/player1"))
        #expect(try TopicFilter("$share/g//finance").matches("/finance"))
        expectInvalid(["$share//finance", "$share//", "$share/"])
        for plain: MQTTString in ["$share", "$shared/g/a", "$SHARE/g/a", "share/g/a"] {
            let filter = try TopicFilter(plain)
            #expect(!filter.isShared && filter.shareName == nil && Array(filter.pattern) == plain.bytes)
        }
    }

    @Test("[MQTT-4.8.2-2] a share name has no wildcards, and a slash and a filter behind it")
    func shareFilter() {
        expectInvalid([
            "$share/+/a", "$share/#/a", "$share/a+/a", "$share/a#b/a", "$share/g", "$share/g/", "$share/g/a#",
            "$share/g/#/a", "$share/#", "$share/+",
        ])
    }

    /// The rules of section 4.7 as they are written: level by level.
    private func reference(_ filter: [UInt8], _ topic: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        var filters = filter.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)[...]
        var names = topic.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)[...]
        let wildcards: [[UInt8]] = [Array("+".utf8), Array("#".utf8)]
        if topic.first == UInt8(ascii: "$"), let first = filters.first, wildcards.contains(first) {
            return false
        }
        while let level = filters.popFirst() {
            if level == wildcards[1] { return true }
            guard let name = names.popFirst() else { return false }
            guard level == wildcards[0] || level == name else { return false }
        }
        return names.isEmpty
    }

    private func referenceIsFilter(_ filter: [UInt8]) -> Bool {
        var levels = filter.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(
            Array.init)
        if levels[0] == Array("$share".utf8) && levels.count > 1 {
            guard !levels[1].isEmpty, !levels[1].contains(where: { "+#".utf8.contains($0) }) else {
                return false
            }
            levels.removeFirst(2)
            guard !levels.isEmpty && levels != [[]] else { return false }
        }
        for (index, level) in levels.enumerated() where level.contains(where: { "+#".utf8.contains($0) }) {
            guard level == Array("+".utf8) || level == Array("#".utf8) && index == levels.count - 1 else {
                return false
            }
        }
        return !filter.isEmpty
    }

    @Test(
        "[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.2-1] random filters and topics are matched as by the naive rule"
    )
    func againstReference() throws {
        var random = RandomSource.forTest()
        var counts = (valid: 0, invalid: 0, matched: 0, unmatched: 0)
        let pieces: [String] = [
            "a", "b", "ab", "/", "/", "/", "+", "#", "$", "$share/", "/+", "/#", "é", "e\u{301}",
        ]
        for _ in 0..<40_000 {
            let filterBytes = (0..<random.below(6)).flatMap { _ in Array(random.pick(pieces).utf8) }
            let filter = try? TopicFilter(MQTTString(filterBytes))
            #expect((filter != nil) == referenceIsFilter(filterBytes), "\(MQTTString(filterBytes))")
            guard let filter else {
                counts.invalid += 1
                continue
            }
            counts.valid += 1
            for _ in 0..<4 {
                // Half of them grown from the filter, so that some match.
                var topic =
                    random.chance(50)
                    ? (0..<random.below(6)).flatMap { _ in Array(random.pick(pieces).utf8) }
                    : Array(filter.pattern)
                topic = topic.flatMap { byte -> [UInt8] in
                    byte == UInt8(ascii: "+")
                        ? Array(random.pick(["", "a", "ab"]).utf8)
                        : byte == UInt8(ascii: "#") ? Array(random.pick(["", "a", "a/b", "/"]).utf8) : [byte]
                }
                guard !topic.isEmpty else { continue }
                let expected = reference(Array(filter.pattern), topic)
                #expect(filter.matches(MQTTString(topic)) == expected, "\(filter), \(MQTTString(topic))")
                if expected { counts.matched += 1 } else { counts.unmatched += 1 }
            }
        }
        #expect(min(counts.valid, counts.invalid, counts.matched, counts.unmatched) > 2_000, "\(counts)")
    }
}
