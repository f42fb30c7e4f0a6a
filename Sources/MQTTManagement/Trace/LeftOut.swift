import Synchronization

/// Counts what somebody does not get who follows too slowly.
final class LeftOut: Sendable {
    private let count = Atomic(0)

    func note<Element>(_ result: AsyncStream<Element>.Continuation.YieldResult) {
        if case .dropped = result { count.add(1, ordering: .relaxed) }
    }

    /// How many since it was last asked.
    func take() -> Int { count.exchange(0, ordering: .relaxed) }
}
