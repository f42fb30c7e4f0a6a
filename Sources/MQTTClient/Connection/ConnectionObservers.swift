import Synchronization

/// Those who want to know what becomes of a client's connection.
///
/// It stands apart from the client so that nothing refers weakly to that: every message has its client, and to count
/// references of an object with weak ones takes several times as long.
final class ConnectionObservers: Sendable {
    private struct State {
        var continuations: [Int: AsyncStream<ConnectionEvent>.Continuation] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    func add(_ continuation: AsyncStream<ConnectionEvent>.Continuation) {
        let number = state.withLock { state in
            state.last += 1
            state.continuations[state.last] = continuation
            return state.last
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number) }
    }

    func tell(_ event: ConnectionEvent) {
        for observer in state.withLock({ $0.continuations }).values { observer.yield(event) }
    }

    func end() {
        let all = state.withLock { state in
            defer { state.continuations.removeAll() }
            return state.continuations
        }
        for observer in all.values { observer.finish() }
    }

    private func remove(_ number: Int) { state.withLock { $0.continuations[number] = nil } }
}
