@testable import MQTTEngine

/// One shard of an ``EngineHarness``, which cannot be copied, with what its siblings have sent it.
final class HarnessShard {
    let index: Int
    var shard: Shard
    var mail: [(sibling: Int, batch: SiblingBatch)] = []

    init(_ index: Int, _ shard: consuming Shard) {
        self.index = index
        self.shard = shard
    }
}

/// A batch that a store has begun: one shard's, or all parts of a round.
struct BegunBatch {
    let batch: StoreBatch
    /// Whose it is, by the numbers that they have given it.
    var parts: [(shard: Int, number: UInt64)]

    /// - Parameter number: tells it apart from all others.
    init(_ number: UInt64, _ parts: [(shard: Int, batch: StoreBatch)]) {
        batch = StoreBatch(
            number: number, operations: parts.flatMap(\.batch.operations),
            isSynced: parts.contains { $0.batch.isSynced })
        self.parts = parts.map { ($0.shard, $0.batch.number) }
    }
}

extension ConnectionID {
    /// The shard that a connection of a harness belongs to, whose names for them tell that too.
    func shard(of count: Int) -> Int { Int(slot) % count }

    /// As its shard calls it.
    func inner(of count: Int) -> ConnectionID {
        ConnectionID(slot: slot / UInt32(count), generation: generation)
    }

    func outer(_ shard: Int, of count: Int) -> ConnectionID {
        ConnectionID(slot: slot * UInt32(count) + UInt32(shard), generation: generation)
    }
}
