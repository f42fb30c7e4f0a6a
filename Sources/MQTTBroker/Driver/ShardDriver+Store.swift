import MQTTEngine
import NIOCore

/// What a shard stores, and is told of it.
extension ShardDriver {
    /// Begins the next batch when somebody waits for it and the last one is done; what nobody waits for is
    /// stored within a second.
    func feed(_ store: StoreFeed) {
        if shard.hasBatchToStore {
            commit(shard.beginDueBatch(), store)
        } else if shard.hasAnythingToStore && !isSweepQueued {
            isSweepQueued = true
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.scheduleTask(in: .seconds(1)) {
                bound.value.isSweepQueued = false
                bound.value.storeAll()
            }
        }
    }

    private func storeAll() {
        guard let store else { return }
        if let batch = shard.beginBatch() {
            commit(batch, store)
        } else {
            shard.seekStoring(at: turn())
        }
    }

    private func commit(_ batch: StoreBatch?, _ store: StoreFeed) {
        guard let batch else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let number = batch.number
        store.commit(
            batch, trouble: { bound.value.storeTroubled($0) }, isStored: { bound.value.batchStored(number) })
    }

    private func batchStored(_ number: UInt64) {
        shard.batchStored(number, bytesOnDisk: store?.bytesOnDisk ?? 0, at: turn())
        finishStoring()
    }

    /// All shards share the store: nobody has to find out by a message of its own, which it would owe then.
    private func storeTroubled(_ trouble: StoreTrouble?) {
        learnTrouble(trouble)
        links?.onSiblings { driver in driver.learnTrouble(trouble) }
    }

    private func learnTrouble(_ trouble: StoreTrouble?) {
        shard.storeTroubled(trouble, at: turn())
        if trouble != nil && restEndsWithTrouble { giveUpStoring() }
    }

    func readQueue(_ question: QueueRead) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        store?.read(question) { rows in
            let driver = bound.value
            driver.shard.queueRead(rows, at: driver.turn())
        }
    }

    /// Stores what is left, before the broker ends or begins. The promise tells how many changes were left when the
    /// time was over; nobody was promised them.
    ///
    /// - Parameter endsWithTrouble: whether a store that cannot write is not waited for.
    func storeRest(within time: TimeAmount, endsWithTrouble: Bool, _ promise: EventLoopPromise<Int>) {
        storedRest = promise
        restEndsWithTrouble = endsWithTrouble
        if endsWithTrouble && shard.isStoreTroubled { return giveUpStoring() }
        finishStoring()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let limit = eventLoop.scheduleTask(in: time) { bound.value.giveUpStoring() }
        promise.futureResult.whenComplete { _ in limit.cancel() }
    }

    private func giveUpStoring() {
        guard let promise = storedRest else { return }
        storedRest = nil
        promise.succeed(shard.unstoredChanges)
    }

    private func finishStoring() {
        guard let promise = storedRest else { return }
        if shard.isStoring { return }
        if shard.hasAnythingToStore {
            storeAll()
        } else {
            storedRest = nil
            promise.succeed(0)
        }
    }
}
