import NIOCore
import Synchronization

/// The end of something, awaited by any number of tasks. Whoever waits can be cancelled, or out of time, while the
/// thing itself goes on.
final class Completion<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, ClientError>

    private struct State {
        var outcome: Outcome?
        var waiting: [Int: CheckedContinuation<Outcome, Never>] = [:]
        var cancelled: [Int: ClientError] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    func complete(_ outcome: Outcome) {
        let waiting = state.withLock { state in
            guard state.outcome == nil else { return [:] as [Int: CheckedContinuation<Outcome, Never>] }
            state.outcome = outcome
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.resume(returning: outcome) }
    }

    var isComplete: Bool { state.withLock { $0.outcome != nil } }

    /// - Parameter timeout: nil: without end.
    func outcome(
        within timeout: Duration?, on eventLoop: any EventLoop,
        isolation actor: isolated (any Actor)? = #isolation
    ) async -> Outcome {
        if let outcome = state.withLock({ $0.outcome }) { return outcome }
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            // A closure stays with the actor that it captures: one change of threads less.
            _ = actor
            let timer = timeout.map { timeout in
                eventLoop.scheduleTask(in: TimeAmount(timeout)) { self.release(number, .timedOut) }
            }
            defer { timer?.cancel() }
            return await withCheckedContinuation { continuation in
                let early: Outcome? = state.withLock { state in
                    if let outcome = state.outcome { return outcome }
                    if let error = state.cancelled.removeValue(forKey: number) { return .failure(error) }
                    state.waiting[number] = continuation
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            release(number, .cancelled)
        }
    }

    private func release(_ number: Int, _ error: ClientError) {
        let continuation = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            if let continuation = state.waiting.removeValue(forKey: number) { return continuation }
            if state.outcome == nil { state.cancelled[number] = error }
            return nil
        }
        continuation?.resume(returning: .failure(error))
    }
}
