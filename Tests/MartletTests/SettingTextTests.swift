import MQTTCodec
import MQTTEngine
import Testing

@testable import martlet

@Suite struct SettingTextTests {
    @Test("Durabilities by topic: filters with commas, in order; what is wrong is named")
    func topicDurability() throws {
        let kind = SettingKind.topicDurability
        #expect(try kind.value(of: "a/#=memory,b=synced") == .text("a/#=memory, b=synced"))
        #expect(try kind.value(of: " a,b=c/+=written , #=memory") == .text("a,b=c/+=written, #=memory"))
        #expect(throws: ValueProblem.self) { try kind.value(of: "a/#=never") }
        #expect(throws: ValueProblem.self) { try kind.value(of: "a=memory, b") }
        #expect(throws: ValueProblem.self) { try kind.value(of: "a#=memory") }
        #expect(throws: ValueProblem.self) { try kind.value(of: "$share/g/a=memory") }
        #expect(throws: ValueProblem.self) { try kind.value(of: "") }
        let rules = try TopicDurabilityText.rules("a,b/#=memory, c=synced")
        #expect(rules.map(\.durability) == [.memory, .synced])
        #expect(rules.map(\.filter.string) == ["a,b/#", "c"])
    }

    @Test(
        "Sizes take units; a bare number is bytes",
        arguments: [
            ("0", 0), ("512", 512), ("512B", 512), ("1kB", 1000), ("1KiB", 1024), ("3MB", 3_000_000),
            ("16MiB", 16 << 20), ("16 MiB", 16 << 20), ("2GB", 2_000_000_000), ("2GiB", 2 << 30),
            ("1TB", 1_000_000_000_000), ("1TiB", 1 << 40), ("1_000_000", 1_000_000),
        ])
    func sizes(text: String, bytes: Int) throws {
        #expect(try SettingKind.size(0...(1 << 50)).value(of: text) == .number(bytes))
    }

    @Test(
        "Durations take units; a bare number is the setting's own",
        arguments: [
            ("30", 30_000, 30), ("30s", 30, 30_000), ("5m", 300, 300_000), ("2h", 7200, 7_200_000),
            ("1d", 86_400, 86_400_000), ("7000ms", 7, 7000), ("0", 0, 0),
        ])
    func durations(text: String, seconds: Int, milliseconds: Int) throws {
        let bare = text.allSatisfy(\.isNumber)
        let inSeconds = try SettingKind.duration(0...100_000, .seconds).value(of: text)
        let inMilliseconds = try SettingKind.duration(0...100_000_000, .milliseconds).value(of: text)
        #expect(inSeconds == .number(bare ? milliseconds : seconds))
        #expect(inMilliseconds == .number(bare ? milliseconds : milliseconds))
    }

    @Test(
        "What is no size is refused",
        arguments: ["", "-1", "1.5MiB", "MiB", "1mib", "1K", "0x10", "1MiB1", "٣", "99999999999999999999"])
    func badSizes(text: String) {
        #expect(throws: ValueProblem.self) { try SettingKind.size(0...(1 << 50)).value(of: text) }
    }

    @Test(
        "Amounts are written in the largest unit that is exact",
        arguments: [
            (0, "0B"), (1, "1B"), (1024, "1KiB"), (1025, "1025B"), (1000, "1000B"), (16 << 20, "16MiB"),
            (4 << 30, "4GiB"),
        ])
    func sizeText(bytes: Int, text: String) {
        #expect(SettingKind.size(0...(1 << 50)).text(bytes) == text)
    }

    @Test(
        "Durations are written in the largest unit that is exact",
        arguments: [
            (0, "0s"), (1, "1s"), (60, "1m"), (90, "90s"), (7200, "2h"), (86_400, "1d"),
        ])
    func durationText(seconds: Int, text: String) {
        #expect(SettingKind.duration(0...100_000, .seconds).text(seconds) == text)
    }

    @Test(
        "Letters added, left out, replaced and swapped count once",
        arguments: [
            ("level", "level", 0), ("levl", "level", 1), ("levels", "level", 1), ("lavel", "level", 1),
            ("elvel", "level", 1),
            ("", "abc", 3), ("abc", "", 3), ("ab", "cd", 2),
        ])
    func editDistance(left: String, right: String, distance: Int) {
        #expect(Spelling.editDistance(Array(left.utf8), Array(right.utf8)) == distance)
    }
}
