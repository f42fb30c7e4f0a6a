#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import MQTTCodec

/// SplitMix64: small, and the same everywhere, so that a seed replays exactly.
struct RandomSource: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// From `MARTLET_TEST_SEED` where it is set, else another one each time. It is printed with the test's
    /// name, to be set again.
    static func forTest(_ name: String = #function) -> Self {
        let fixed = ProcessInfo.processInfo.environment["MARTLET_TEST_SEED"].flatMap { UInt64($0) }
        let seed = fixed ?? UInt64.random(in: .min ... .max)
        print("\(name): MARTLET_TEST_SEED=\(seed)")
        return Self(seed: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

    mutating func bytes(upTo most: Int) -> [UInt8] {
        let count = below(most + 1)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
