import MQTTEngine
import Synchronization

/// Brings the parts of a round together, which come from all shards, so that one transaction has them all.
final class RoundJoiner: Sendable {
    private struct Part: Sendable {
        let batch: StoreBatch
        let trouble: @Sendable (StoreTrouble?) -> Void
        let isStored: @Sendable () -> Void
    }

    private let store: any Store
    private let shards: Int
    /// By the number of the round.
    private let parts = Mutex<[UInt64: [Part]]>([:])

    init(_ store: any Store, shards: Int) {
        self.store = store
        self.shards = shards
    }

    /// Takes one shard's batch, from any thread; what is no part of a round goes to the store as it is. All
    /// callbacks come on any thread.
    func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isStored: @escaping @Sendable () -> Void
    ) {
        guard let round = batch.round else {
            store.commit(batch, trouble: trouble, isStored: isStored)
            return
        }
        let part = Part(batch: batch, trouble: trouble, isStored: isStored)
        let complete: [Part]? = parts.withLock { parts in
            parts[round, default: []].append(part)
            guard parts[round]?.count == shards else { return nil }
            return parts.removeValue(forKey: round)
        }
        guard let complete else { return }
        store.commit(
            StoreBatch(joining: complete.map(\.batch)),
            trouble: { trouble in for part in complete { part.trouble(trouble) } },
            isStored: { for part in complete { part.isStored() } })
    }
}
