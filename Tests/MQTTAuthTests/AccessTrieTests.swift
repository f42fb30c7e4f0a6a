import MQTTCodec
import MQTTEngine
import Testing

@testable import MQTTAuth

/// The trie says what a look at each rule would say.
@Suite struct AccessTrieTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 33
        }
    }

    private static let words = ["a", "b", "", "$x", "%c", "n%u", "+", "#"]

    private static func random(_ generator: inout some RandomNumberGenerator) -> MQTTString {
        let count = Int.random(in: 1...4, using: &generator)
        var levels = (0..<count).map { _ in words.randomElement(using: &generator) ?? "a" }
        if let hash = levels.firstIndex(of: "#") { levels = Array(levels[...hash]) }
        let text = levels.joined(separator: "/")
        return MQTTString(text.isEmpty ? "a" : text)
    }

    /// What the rules were before there was a trie: one after the other.
    private static func plain(
        _ rules: [AccessRule], _ filter: TopicFilter, _ client: AccessClient, isAllowed: Bool, covers: Bool
    ) -> [MQTTString] {
        let levels = AccessLevel.levels(of: filter.pattern)
        return rules.filter { rule in
            guard rule.isAllowed == isAllowed, let own = rule.levels(for: client) else { return false }
            return covers ? AccessLevel.covers(own, levels) : AccessLevel.overlap(own, levels)
        }.map(\.filter)
    }

    @Test("Random rules, filters and names", arguments: [UInt64](1...20))
    func random(seed: UInt64) throws {
        var generator = Generator(state: seed)
        for _ in 0..<60 {
            let rules = try (0..<Int.random(in: 1...12, using: &generator)).map { number in
                try AccessRule(
                    isAllowed: Bool.random(using: &generator), .all, AccessSubject(),
                    Self.random(&generator), at: .init(file: "f", line: number, text: ""))
            }
            let table = AccessRuleSet(rules, members: [:])
            for _ in 0..<30 {
                let name = MQTTString(
                    ["a", "b", "a/b", "+", "$x", ""].randomElement(using: &generator) ?? "a")
                let client = AccessClient(userName: name, clientIdentifier: name)
                let filter = try TopicFilter(Self.random(&generator))
                for isAllowed in [true, false] {
                    for covers in [true, false] {
                        let expected = Self.plain(
                            rules, filter, client, isAllowed: isAllowed, covers: covers)
                        let found = table.first(
                            matching: AccessLevel.levels(of: filter.pattern), covers: covers, client
                        ) { $0.isAllowed == isAllowed }
                        #expect(
                            found?.filter == expected.first,
                            "seed \(seed): \(filter.string) for \(name), allowed \(isAllowed), covers \(covers)"
                        )
                    }
                }
            }
        }
    }
}
