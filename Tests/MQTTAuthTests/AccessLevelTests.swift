import MQTTCodec
import Testing

@testable import MQTTAuth

@Suite struct AccessLevelTests {
    private static func levels(_ text: String) -> [AccessLevel] {
        AccessLevel.levels(of: MQTTString(text).bytes[...])
    }

    @Test(
        "[MQTT-4.7.2-1] What a rule covers, and what it does not",
        arguments: [
            ("a/b", "a/b", true), ("a/+", "a/b", true), ("a/+", "a/+", true), ("a/#", "a/#", true),
            ("a/#", "a", true), ("a/#", "a/b/c", true), ("a/#", "a/+/c", true), ("#", "#", true),
            ("#", "+/a", true), ("+", "", true), ("+/+", "/", true), ("#", "/", true), ("a/#", "a/", true),
            ("a/b", "a/+", false), ("a/+", "a/#", false), ("a/b", "a/#", false), ("a", "a/b", false),
            ("a/b", "a", false), ("a/+", "a", false), ("a/+", "a/b/c", false), ("+", "#", false),
            ("+/#", "#", false), ("a/#", "#", false), ("a/#", "+", false), ("a/#", "b/#", false),
            ("a/#", "ab", false), ("A", "a", false), ("+", "a/", false),
            ("#", "$SYS/#", false), ("+/#", "$SYS/a", false), ("$SYS/#", "$SYS/a", true),
            ("$SYS/#", "$SYS", true), ("$SYS/#", "#", false), ("$SYS/+", "+/a", false),
        ])
    func covers(rule: String, filter: String, isCovered: Bool) {
        #expect(AccessLevel.covers(Self.levels(rule), Self.levels(filter)) == isCovered)
    }

    @Test(
        "[MQTT-4.7.2-1] Which filters have a topic in common",
        arguments: [
            ("a/b", "a/b", true), ("a/+", "+/b", true), ("a/#", "+/b/c", true), ("#", "a", true),
            ("a/#", "a", true), ("a/b/#", "a/+", true), ("#", "#", true), ("+/a", "a/+", true),
            ("a/b", "a/c", false), ("a", "a/b", false), ("a/+", "a", false), ("a/b/#", "a", false),
            ("a/+/c", "a/b", false), ("a/#", "b/#", false),
            ("#", "$SYS/a", false), ("+/a", "$SYS/a", false), ("$SYS/#", "$SYS/a", true),
        ])
    func overlap(one: String, other: String, overlaps: Bool) {
        #expect(AccessLevel.overlap(Self.levels(one), Self.levels(other)) == overlaps)
        #expect(AccessLevel.overlap(Self.levels(other), Self.levels(one)) == overlaps)
    }

    @Test("Both agree with the plain rule of matching, for all small filters and topics")
    func exhaustive() throws {
        let names = ["a", "b", "$a", ""]
        let topics = Self.combinations(of: names)
        let filters = Self.combinations(of: names + ["+", "#"]).compactMap {
            try? TopicFilter(MQTTString($0))
        }
        let matched = filters.map { filter in
            Set(topics.filter { !$0.isEmpty && filter.matches(MQTTString($0)) })
        }
        for (one, ofOne) in zip(filters, matched) {
            let rule = AccessLevel.levels(of: one.pattern)
            for (other, ofOther) in zip(filters, matched) {
                let levels = AccessLevel.levels(of: other.pattern)
                if AccessLevel.covers(rule, levels) {
                    // Never more is allowed than the rule says.
                    #expect(ofOther.isSubset(of: ofOne), "\(one) covers \(other)")
                }
                if !ofOne.isDisjoint(with: ofOther) {
                    // Nothing that is denied slips through.
                    #expect(AccessLevel.overlap(rule, levels), "\(one) and \(other)")
                }
            }
        }
    }

    /// Up to three levels of them.
    private static func combinations(of names: [String]) -> [String] {
        let two = names.flatMap { first in names.map { "\(first)/\($0)" } }
        return names + two + two.flatMap { first in names.map { "\(first)/\($0)" } }
    }
}
