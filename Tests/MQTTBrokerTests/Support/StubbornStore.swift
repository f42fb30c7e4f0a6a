import MQTTBroker
import Synchronization

/// A store in name only that can be out of order: nothing is stored then, and whoever asks is told.
final class StubbornStore: Store {
    private struct State {
        var isBroken = false
        var waiting: [(trouble: @Sendable (StoreTrouble?) -> Void, isStored: @Sendable () -> Void)] = []
        var complained: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    let bytesOnDisk = 0
    private let stored: StoredState

    /// - Parameter stored: what the broker begins with.
    init(_ stored: StoredState = StoredState()) { self.stored = stored }

    func load(progress: @escaping @Sendable (Int) -> Void) async throws -> StoredState { stored }

    func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isStored: @escaping @Sendable () -> Void
    ) {
        let isBroken = state.withLock { state in
            if state.isBroken { state.waiting.append((trouble, isStored)) }
            return state.isBroken
        }
        guard isBroken else {
            isStored()
            return
        }
        trouble(StoreTrouble(.full, "the disk is full"))
        for waiter in state.withLock({ state in
            defer { state.complained = [] }
            return state.complained
        }) { waiter.resume() }
    }

    func read(
        _ question: QueueRead, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isRead: @escaping @Sendable (QueueRows) -> Void
    ) {
        isRead(QueueRows(question: question, deliveries: [], messages: [], isEnd: true))
    }

    func close() async {}

    func breakDown() { state.withLock { $0.isBroken = true } }

    /// Waits until it has complained while `body` runs.
    func complains(_ body: @Sendable @escaping () async throws -> Void) async throws {
        async let done: Void = body()
        await withCheckedContinuation { continuation in
            let isTold = state.withLock { state in
                if state.waiting.isEmpty { state.complained.append(continuation) }
                return !state.waiting.isEmpty
            }
            if isTold { continuation.resume() }
        }
        try await done
    }

    func mend() {
        let waiting = state.withLock { state in
            state.isBroken = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for (trouble, isStored) in waiting {
            trouble(nil)
            isStored()
        }
    }
}
