import Foundation
import Testing

/// Random histories on a disk that fails, fills and loses what was not synced, with crashes at any step; each is
/// named by its seed.
@Suite("Durability: random crashes")
struct DurabilityRandomTests {
    /// `MARTLET_TEST_HISTORIES=10000` for many.
    private static let histories =
        ProcessInfo.processInfo.environment["MARTLET_TEST_HISTORIES"].flatMap { UInt64($0) } ?? 400

    @Test(
        "Acknowledged is never lost, QoS 2 comes once, order, retained messages and subscriptions stay",
        arguments: 0..<10)
    func histories(block: UInt64) {
        var crashes = 0
        let count = Self.histories / 10
        for seed in block * count..<(block + 1) * count {
            let history = CrashHistory(seed: seed)
            history.run(steps: 300)
            crashes += history.crashes
            #expect(history.failures == [], "seed \(seed)")
        }
        #expect(crashes > count)
    }

    @Test(
        "By topic: synced survives everything, written the broker, memory nothing; QoS 2 comes once or not at all",
        arguments: 0..<4)
    func historiesByTopic(block: UInt64) {
        let count = Self.histories / 4
        for seed in block * count..<(block + 1) * count {
            let history = CrashHistory(seed: seed, isByTopic: true)
            history.run(steps: 300)
            #expect(history.failures == [], "seed \(seed)")
        }
    }

    @Test("The same, where what acknowledgements may settle is held", arguments: 0..<10)
    func historiesHolding(block: UInt64) {
        let count = Self.histories / 10
        for seed in block * count..<(block + 1) * count {
            let shards = 1 + Int(seed % 3)
            let history = CrashHistory(seed: seed, shards: shards, isByTopic: seed % 4 == 0, isHolding: true)
            history.run(steps: 300)
            #expect(history.failures == [], "seed \(seed), \(shards) shards")
        }
    }

    @Test("The same, for several event loops that share a store", arguments: 0..<10)
    func severalShards(block: UInt64) {
        let count = Self.histories / 10
        for seed in block * count..<(block + 1) * count {
            let shards = 2 + Int(seed % 3)
            let history = CrashHistory(seed: seed, shards: shards)
            history.run(steps: 300)
            #expect(history.failures == [], "seed \(seed), \(shards) shards")
        }
    }

    @Test("By topic, with several event loops", arguments: 0..<4)
    func severalShardsByTopic(block: UInt64) {
        let count = Self.histories / 4
        for seed in block * count..<(block + 1) * count {
            let shards = 2 + Int(seed % 3)
            let history = CrashHistory(seed: seed, shards: shards, isByTopic: true)
            history.run(steps: 300)
            #expect(history.failures == [], "seed \(seed), \(shards) shards")
        }
    }

    /// The table in docs/mutations.md names the first seeds that catch each.
    @Test(
        "What would break a promise is caught, by the seeds that are written down",
        arguments: Sabotage.allCases)
    func sabotage(_ sabotage: Sabotage) throws {
        // One is so rare that the search begins where it was found.
        let isRare = sabotage == .repeatsBatches
        let first: UInt64 = isRare ? 4_030 : 0
        let wanted = isRare ? 1 : 3
        var caught: [UInt64] = []
        for seed in first..<first + 400 where caught.count < wanted {
            let history = CrashHistory(
                seed: seed, sabotage, shards: sabotage.shards, isByTopic: sabotage.isByTopic)
            history.run(steps: 300)
            if !history.failures.isEmpty { caught.append(seed) }
        }
        #expect(caught.count == wanted, "\(sabotage) is caught by \(caught)")
        let seeds = caught.map(String.init).joined(separator: ", ")
        #expect(
            try Self.document.contains("| `\(sabotage.rawValue)` | \(seeds) |"),
            "| `\(sabotage.rawValue)` | \(seeds) |")
    }

    private static var document: String {
        get throws {
            let root = URL(fileURLWithPath: #filePath).appending(path: "../../../..").standardized
            return try String(contentsOf: root.appending(path: "docs/mutations.md"), encoding: .utf8)
        }
    }
}
