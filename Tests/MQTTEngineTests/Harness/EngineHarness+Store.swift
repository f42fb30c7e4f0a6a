@testable import MQTTEngine

/// When what is stored.
extension EngineHarness {
    /// Begins a batch if one is due: nothing in it can be taken back. nil: nobody waits for any, or the parts of a
    /// round are missing.
    ///
    /// - Parameters:
    ///   - shard: whose; nil: the first one that has any.
    ///   - isLazy: also what nobody waits for.
    @discardableResult
    func beginBatch(of shard: Int? = nil, isLazy: Bool = false) -> StoreBatch? {
        guard hosts.count > 1 || underWay.isEmpty else { return nil }
        for host in hosts where shard == nil || host.index == shard {
            let isDue = host.shard.hasBatchToStore || isLazy && host.shard.hasAnythingToStore
            guard isDue, let batch = isLazy ? host.shard.beginBatch() : host.shard.beginDueBatch() else {
                if isDue && isLazy {
                    host.shard.seekStoring(at: now)
                    drain()
                }
                continue
            }
            if batch.round != nil && !splitsRounds {
                parts.append((host.index, batch))
                guard parts.count == hosts.count else { continue }
            } else {
                underWay.append(BegunBatch(number(), [(host.index, batch)]))
                return underWay.last?.batch
            }
            underWay.append(BegunBatch(number(), parts))
            parts = []
            return underWay.last?.batch
        }
        return nil
    }

    /// When a batch of the first shard is due that is held.
    var nextBatchAt: Instant? { hosts[0].shard.nextBatchAt }

    private func number() -> UInt64 {
        lastBatch += 1
        return lastBatch
    }

    /// The first batch that has begun is on the disk.
    ///
    /// - Parameter isTrue: false: the store only says so.
    func finishBatch(isTrue: Bool = true) {
        guard let batch = underWay.first?.batch else { return }
        if isTrue { store?.commit(batch) }
        tellStored(batch)
    }

    /// Whoever has begun a batch is told that it is stored.
    func tellStored(_ batch: StoreBatch) {
        guard let place = underWay.firstIndex(where: { $0.batch.number == batch.number }) else { return }
        for (shard, number) in underWay.remove(at: place).parts {
            touch(shard).shard.batchStored(number, bytesOnDisk: bytesOnDisk, at: now)
        }
        drain()
    }

    /// As soon as all shards have stored what they have restored.
    func sweepStore() { hosts[0].shard.sweepStore() }

    /// The disk holds something else now.
    func replaceStore(_ other: MemoryStore) { store = other }

    /// Stores what is due, and what becomes due by that, until nobody waits.
    func storeAll() {
        while !underWay.isEmpty { finishBatch() }
        while beginBatch() != nil { finishBatch() }
    }

    /// Stores also what nobody waits for.
    func storeEverything() {
        storeAll()
        while beginBatch(isLazy: true) != nil { storeAll() }
    }
}
