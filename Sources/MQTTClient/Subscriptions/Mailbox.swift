import DequeModule
import Synchronization

/// The messages of one subscription on their way from the client, which puts them in on its event loop, to the tasks
/// that take them out. A message that is there is taken without a way to the event loop and back.
final class Mailbox: Sendable {
    /// Empty: the sequence has ended, or the task was cancelled.
    typealias Outcome = Result<[MQTTClient.Message], ClientError>

    private struct Waiting {
        let number: Int
        let maximum: Int
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var messages: Deque<MQTTClient.Message> = []
        var waiting: Deque<Waiting> = []
        var lastWaiting = 0
        /// What was taken and is to be acknowledged.
        var taken: [UInt64] = []
        /// The client knows that it has to look here.
        var isClientCalled = false
        /// It holds up the connection.
        var isFull = false
        var end: Result<Void, ClientError>?
    }

    private let state = Mutex(State())
    private let acknowledgements: Acknowledgements
    /// From so many messages on it is full, until half of them are left.
    private let capacity: Int

    init(_ acknowledgements: Acknowledgements, capacity: Int) {
        self.acknowledgements = acknowledgements
        self.capacity = capacity
    }

    // MARK: The client's side

    /// Whoever waits gets it with ``wake()``. Returns whether it is full.
    func put(_ message: consuming MQTTClient.Message) -> Bool {
        state.withLock { state in
            state.messages.append(message)
            if state.messages.count >= capacity { state.isFull = true }
            return state.isFull
        }
    }

    /// Gives what is there to those who wait.
    func wake() {
        while true {
            let woken = state.withLock { state -> (Waiting, Outcome)? in
                guard !state.messages.isEmpty, let first = state.waiting.popFirst() else { return nil }
                return (first, .success(take(first.maximum, from: &state)))
            }
            guard let (waiting, outcome) = woken else { return }
            waiting.continuation.resume(returning: outcome)
        }
    }

    /// What was taken since the last time and is to be acknowledged, and whether it is full.
    func settle() -> (taken: [UInt64], isFull: Bool) {
        state.withLock { state in
            state.isClientCalled = false
            if state.isFull && state.messages.count <= capacity / 2 { state.isFull = false }
            defer { state.taken.removeAll(keepingCapacity: true) }
            return (state.taken, state.isFull)
        }
    }

    /// No more messages come.
    ///
    /// - Parameter empties: whether those that are there are not to be taken any more.
    func end(_ end: Result<Void, ClientError>, empties: Bool = false) {
        let waiting = state.withLock { state in
            if state.end == nil { state.end = end }
            if empties { state.messages.removeAll() }
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        for one in waiting { one.continuation.resume(returning: end.map { [] }) }
    }

    // MARK: The takers' side

    /// The next messages, as many as there are and at most `maximum`; nil: there are none yet.
    ///
    /// - Parameter callClient: asks the client for ``settle()``.
    func take(_ maximum: Int, _ callClient: () -> Void) -> Outcome? {
        let (outcome, isClientDue) = state.withLock { takeOrEnd(maximum, from: &$0) }
        if isClientDue { callClient() }
        return outcome
    }

    /// The same for one message, without an array; nil inside: the end.
    func takeOne(_ callClient: () -> Void) -> Result<MQTTClient.Message?, ClientError>? {
        let (outcome, isClientDue) = state.withLock { state in
            guard let message = state.messages.popFirst() else {
                return (state.end?.map { nil as MQTTClient.Message? }, false)
            }
            if acknowledgements == .automatic, let delivery = message.delivery {
                state.taken.append(delivery)
            }
            return (.success(message), callIsDue(&state))
        }
        if isClientDue { callClient() }
        return outcome
    }

    /// Waits for at least one message.
    func wait(
        upTo maximum: Int, isolation actor: isolated (any Actor)?, _ callClient: () -> Void
    ) async -> Outcome {
        let number = state.withLock { state in
            state.lastWaiting += 1
            return state.lastWaiting
        }
        return await withTaskCancellationHandler {
            // A closure stays with the actor that it captures: one change of threads less.
            _ = actor
            return await withCheckedContinuation { continuation in
                let (early, isClientDue) = state.withLock { state -> (Outcome?, Bool) in
                    let (outcome, isClientDue) = takeOrEnd(maximum, from: &state)
                    if let outcome { return (outcome, isClientDue) }
                    if Task.isCancelled { return (.success([]), false) }
                    state.waiting.append(
                        Waiting(number: number, maximum: maximum, continuation: continuation))
                    return (nil, false)
                }
                if isClientDue { callClient() }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func cancel(_ number: Int) {
        let waiting = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
        }
        waiting?.continuation.resume(returning: .success([]))
    }

    private func takeOrEnd(_ maximum: Int, from state: inout State) -> (Outcome?, isClientDue: Bool) {
        guard !state.messages.isEmpty else { return (state.end?.map { [] }, false) }
        let messages = take(maximum, from: &state)
        return (.success(messages), callIsDue(&state))
    }

    private func take(_ maximum: Int, from state: inout State) -> [MQTTClient.Message] {
        let count = min(maximum, state.messages.count)
        var messages: [MQTTClient.Message] = []
        messages.reserveCapacity(count)
        // Moved, where slices would copy them and then destroy the others.
        for _ in 0..<count { messages.append(state.messages.removeFirst()) }
        if acknowledgements == .automatic { state.taken += messages.compactMap(\.delivery) }
        return messages
    }

    /// Whether the client has something to do here that it does not know of.
    private func callIsDue(_ state: inout State) -> Bool {
        guard !state.isClientCalled else { return false }
        state.isClientCalled =
            !state.taken.isEmpty || (state.isFull && state.messages.count <= capacity / 2)
        return state.isClientCalled
    }
}
