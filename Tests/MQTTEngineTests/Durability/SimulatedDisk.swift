@testable import MQTTEngine

/// A disk below the store: what was written is there until the power fails, what was synced is there for ever.
/// It can be full, and it can fail.
final class SimulatedDisk {
    /// What it does wrong, and no disk or store may.
    enum Flaw: String, CaseIterable {
        /// A batch that the power failure cut is there in part: no checksum has shown it.
        case tearsBatches
        /// A batch counts as stored when it is written.
        case doesNotSync
        /// A sync that failed counts as done, because the next one has nothing to do.
        case ignoresFailedSync
        /// A batch whose sync failed is done again, even if it is there.
        case repeatsBatches
        /// A batch with a message in it that need not be synced is not synced.
        case syncsTooLittle
    }

    private let harness: EngineHarness
    private let flaw: Flaw?
    /// What survives.
    private var platter = MemoryStore()
    private var unsynced: [StoreBatch] = []
    /// Batches that the shard has begun, in order; the first may be written.
    private var begun: [(batch: StoreBatch, isTold: Bool)] = []
    private var isWritten = false
    /// Whether the first batch is there although its sync failed: the store sees that by its marker.
    private var isThere = false
    private var isTroubled = false
    var isFull = false

    init(_ harness: EngineHarness, flaw: Flaw?) {
        self.harness = harness
        self.flaw = flaw
    }

    var isIdle: Bool { begun.isEmpty }

    /// From now on it holds what the harness has stored.
    func begin() { platter = harness.store?.copy() ?? MemoryStore() }

    /// - Parameter isToldEarly: whether the shard is told that the batch is stored, which is only begun.
    func begin(_ batch: StoreBatch, isToldEarly: Bool) {
        begun.append((batch, isToldEarly))
        if isToldEarly { harness.tellStored(batch) }
    }

    /// The next step of the oldest batch: it is written, or synced.
    ///
    /// - Parameters:
    ///   - isFailing: whether the step fails.
    ///   - surviving: how many of the unsynced batches a failed sync has written, at most.
    func step(isFailing: Bool, surviving: Int) {
        guard let (batch, isTold) = begun.first else { return }
        if !isWritten {
            guard !isFull, !isFailing else {
                trouble(isFull ? .full : .failing)
                return
            }
            if !isThere || flaw == .repeatsBatches {
                harness.store?.commit(batch)
                unsynced.append(batch)
            }
            isThere = false
            isWritten = true
            recovered()
            if flaw != .doesNotSync && isToBeSynced(batch) { return }
            begun.removeFirst()
            isWritten = false
            if !isTold { harness.tellStored(batch) }
            return
        }
        if isFailing && flaw != .ignoresFailedSync {
            // What a failed sync has left behind cannot be known: the store begins again with what is there.
            trouble(.failing)
            isThere = surviving >= unsynced.count
            lose(surviving: surviving)
            isWritten = false
            return
        }
        if !isFailing { sync() }
        begun.removeFirst()
        isWritten = false
        if !isTold { harness.tellStored(batch) }
    }

    private func isToBeSynced(_ batch: StoreBatch) -> Bool {
        guard flaw == .syncsTooLittle else { return batch.isSynced }
        return !batch.operations.contains { operation in
            guard case .saveMessage(let message) = operation else { return false }
            return message.bytes.starts(with: "w/".utf8)
        }
    }

    private func sync() {
        for batch in unsynced { platter.commit(batch) }
        unsynced = []
    }

    private func trouble(_ kind: StoreTrouble.Kind) {
        isTroubled = true
        harness.storeTroubled(StoreTrouble(kind, "\(kind)"))
    }

    private func recovered() {
        guard isTroubled else { return }
        isTroubled = false
        harness.storeTroubled(nil)
    }

    /// The power fails: of what was not synced the first few may be there.
    func crash(surviving: Int) {
        lose(surviving: surviving)
        begun = []
        isWritten = false
        isThere = false
        isTroubled = false
        isFull = false
    }

    private func lose(surviving: Int) {
        let count = min(surviving, unsynced.count)
        for batch in unsynced.prefix(count) { platter.commit(batch) }
        if flaw == .tearsBatches, count < unsynced.count {
            let torn = unsynced[count]
            let half = torn.operations.prefix((torn.operations.count + 1) / 2)
            platter.commit(StoreBatch(number: torn.number, operations: Array(half)))
        }
        unsynced = []
        harness.replaceStore(platter.copy())
    }
}
