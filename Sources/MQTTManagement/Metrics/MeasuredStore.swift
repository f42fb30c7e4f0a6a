import CoreMetrics
import MQTTBroker
import Synchronization

/// A store that is watched: how large its batches are, how long they take, whether it works.
public final class MeasuredStore: Store {
    private let store: any Store
    private let batches: any RecorderHandler
    private let times: any TimerHandler
    private let failures: any CounterHandler
    private let isFailing = Atomic(false)

    public init(_ store: any Store, _ registry: MetricsRegistry) {
        self.store = store
        registry.describe("martlet_store_batch_operations", "Changes that were stored in one transaction.")
        registry.describe("martlet_store_commit_seconds", "Time from handing over a batch until it is safe.")
        registry.describe("martlet_store_failures", "How often the store stopped to work.")
        batches = registry.makeRecorder(
            label: "martlet_store_batch_operations", dimensions: [], aggregate: true)
        times = registry.makeTimer(label: "martlet_store_commit_seconds", dimensions: [])
        failures = registry.makeCounter(label: "martlet_store_failures", dimensions: [])
    }

    /// Whether what has to be stored is being stored.
    public var isWorking: Bool { !isFailing.load(ordering: .relaxed) }

    public func load(progress: @escaping @Sendable (Int) -> Void) async throws -> StoredState {
        try await store.load(progress: progress)
    }

    public func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isStored: @escaping @Sendable () -> Void
    ) {
        let began = ContinuousClock.now
        batches.record(Int64(batch.operations.count))
        store.commit(
            batch,
            trouble: { [self] given in
                // Each attempt is told of, but it fails once.
                let wasFailing = isFailing.exchange(given != nil, ordering: .relaxed)
                if given != nil && !wasFailing { failures.increment(by: 1) }
                trouble(given)
            },
            isStored: { [times] in
                let time = (ContinuousClock.now - began).components
                times.recordNanoseconds(time.seconds * 1_000_000_000 + time.attoseconds / 1_000_000_000)
                isStored()
            })
    }

    public func read(
        _ question: QueueRead, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isRead: @escaping @Sendable (QueueRows) -> Void
    ) {
        store.read(question, trouble: trouble, isRead: isRead)
    }

    public var bytesOnDisk: Int { store.bytesOnDisk }

    public func close() async { await store.close() }
}
