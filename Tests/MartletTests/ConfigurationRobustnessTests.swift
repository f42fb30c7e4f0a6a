import Testing

@testable import martlet

@Suite struct ConfigurationRobustnessTests {
    /// splitmix64: the same for the same seed everywhere.
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = state
            bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            return bits ^ (bits >> 31)
        }
    }

    @Test(
        "A file with mistakes anywhere is right or has errors with a place; the rest is as the defaults say")
    func mutations() {
        let seed = UInt64.random(in: .min ... .max)
        var random = Random(state: seed)
        let pieces = [
            ":", "\n", " ", "- ", "[", "]", "{", "}", "\"", "#", "&a ", "*a", "\t", "9", "é", "|", "---\n",
        ]
        let lines = ConfigurationExample.text.split(separator: "\n").filter { !$0.contains("# ") }
        for round in 0..<300 {
            var text = lines.map { String($0).replacing("#", with: "") }.joined(separator: "\n")
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = text.index(text.startIndex, offsetBy: .random(in: 0..<text.count, using: &random))
                if Bool.random(using: &random) {
                    text.remove(at: place)
                } else {
                    text.insert(contentsOf: pieces.randomElement(using: &random) ?? ":", at: place)
                }
            }
            let layer = YAMLConfiguration(name: "f", text: text).layer
            for problem in layer.problems {
                #expect(!problem.message.isEmpty, "seed \(seed), round \(round)")
                guard case .file("f", let line, _) = problem.origin else {
                    Issue.record("no place: \(problem), seed \(seed), round \(round)")
                    continue
                }
                #expect(line >= 1 && line <= text.count { $0.isNewline } + 2, "seed \(seed), round \(round)")
            }
        }
    }

    @Test("Deep nesting and aliases within aliases are errors, not the end of the program")
    func deep() {
        let nested = String(repeating: "[", count: 200_000)
        #expect(!YAMLConfiguration(name: "f", text: nested).layer.problems.isEmpty)
        var aliases = "a: &a0 [x]\n"
        for level in 1..<40 { aliases += "b\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(YAMLConfiguration(name: "f", text: aliases + "log: *a39\n").layer.problems.count == 41)
    }
}
