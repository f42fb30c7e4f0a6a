import MQTTEngine
import NIOCore
import Synchronization

/// A connection to the broker from its own process, without a socket: MQTT packets as bytes, both ways, with
/// back pressure in both directions. ``Broker/publish(topic:payload:qos:retain:properties:)`` and
/// ``Broker/subscribe(_:)`` are made of it.
///
/// May be used from any task; ``receive()`` from one at a time.
public final class InProcessConnection: Sendable {
    /// Bytes waiting in one direction from which on the other side is held back.
    static let highWaterMark = 256 * 1024
    /// Bytes waiting in one direction below which the other side goes on.
    static let lowWaterMark = 64 * 1024

    fileprivate struct State {
        /// From the broker, not yet taken.
        var inbox: [ByteBuffer] = []
        var inboxHead = 0
        var inboxBytes = 0
        var receiver: CheckedContinuation<ByteBuffer?, Never>?
        /// The broker was told not to write, since the inbox is full.
        var isInboxFull = false

        /// To the broker, not yet taken.
        var outbox = ByteBuffer()
        /// Taking the outbox is queued on the event loop.
        var isCollectionQueued = false
        /// The broker does not read.
        var isPaused = false
        var senders: [CheckedContinuation<Void, Never>] = []

        var isEnded = false
    }

    private let state = Mutex(State())
    private let gate: LoopGate
    private let end: NIOLoopBoundBox<InProcessEnd?>

    init(eventLoop: any EventLoop, gate: LoopGate) {
        self.gate = gate
        end = NIOLoopBoundBox.makeBoxSendingValue(nil, eventLoop: eventLoop)
    }

    deinit {
        let end = end
        gate.execute { end.value?.lose() }
    }

    /// - Throws: ``BrokerError/noRoom``.
    func open(_ driver: NIOLoopBound<ShardDriver>, _ peer: Peer) async throws {
        try await gate.submit { [end, weak self] in
            guard let self else { return }
            let new = InProcessEnd(driver: driver.value, connection: self)
            guard new.open(peer) else { throw BrokerError.noRoom }
            end.value = new
        }
    }

    /// Gives the broker bytes; waits while it does not read. After the end it does nothing: ``receive()``
    /// tells of that.
    public func send(_ bytes: ByteBuffer) async {
        await withCheckedContinuation { continuation in
            let mustQueue = state.withLock { state -> Bool in
                guard !state.isEnded else {
                    continuation.resume()
                    return false
                }
                state.outbox.writeImmutableBuffer(bytes)
                if state.isPaused || state.outbox.readableBytes >= Self.highWaterMark {
                    state.senders.append(continuation)
                } else {
                    continuation.resume()
                }
                guard !state.isPaused, !state.isCollectionQueued else { return false }
                state.isCollectionQueued = true
                return true
            }
            if mustQueue { queueCollection() }
        }
    }

    /// The next bytes from the broker; nil when it has ended the connection and all are taken, and when the
    /// task is cancelled.
    public func receive() async -> ByteBuffer? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (mustTell, next) = state.withLock { state -> (Bool, ByteBuffer??) in
                    precondition(state.receiver == nil, "two tasks receive from one connection")
                    if let bytes = state.next() { return (state.hasRoomAgain(), bytes) }
                    if state.isEnded || Task.isCancelled { return (false, .some(nil)) }
                    state.receiver = continuation
                    return (false, nil)
                }
                if mustTell { tellWritability(true) }
                if let next { continuation.resume(returning: next) }
            }
        } onCancel: {
            state.withLock { state in
                state.receiver?.resume(returning: nil)
                state.receiver = nil
            }
        }
    }

    /// Ends the connection; without a DISCONNECT before it the broker takes it for lost.
    public func close() {
        gate.execute { [self] in
            end.value?.lose()
            end.value = nil
            ended()
        }
    }

    // MARK: On the event loop

    private func queueCollection() {
        gate.execute { [self] in
            let bytes = state.withLock { state -> ByteBuffer? in
                state.isCollectionQueued = false
                guard !state.isPaused, !state.isEnded, state.outbox.readableBytes > 0 else { return nil }
                var bytes = ByteBuffer()
                swap(&bytes, &state.outbox)
                state.resumeSenders()
                return bytes
            }
            if let bytes { end.value?.received(bytes) }
        }
    }

    private func tellWritability(_ isWritable: Bool) {
        gate.execute { [end] in end.value?.writabilityChanged(isWritable) }
    }

    /// The broker wrote. Returns whether it should go on.
    func wrote(_ bytes: ByteBuffer) -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return true }
            if let receiver = state.receiver {
                state.receiver = nil
                receiver.resume(returning: bytes)
                return true
            }
            state.inbox.append(bytes)
            state.inboxBytes += bytes.readableBytes
            guard state.inboxBytes >= Self.highWaterMark, !state.isInboxFull else { return true }
            state.isInboxFull = true
            return false
        }
    }

    func setPaused(_ isPaused: Bool) {
        let mustQueue = state.withLock { state -> Bool in
            state.isPaused = isPaused
            guard !isPaused, state.outbox.readableBytes > 0, !state.isCollectionQueued else { return false }
            state.isCollectionQueued = true
            return true
        }
        if mustQueue { queueCollection() }
    }

    /// Nothing comes or goes any more, but what waits to be received.
    func ended() {
        state.withLock { state in
            state.isEnded = true
            state.resumeSenders()
            state.receiver?.resume(returning: nil)
            state.receiver = nil
        }
    }
}

extension InProcessConnection.State {
    fileprivate mutating func next() -> ByteBuffer? {
        guard inboxHead < inbox.count else { return nil }
        let bytes = inbox[inboxHead]
        inbox[inboxHead] = ByteBuffer()
        inboxHead += 1
        inboxBytes -= bytes.readableBytes
        if inboxHead == inbox.count {
            inbox.removeAll(keepingCapacity: true)
            inboxHead = 0
        }
        return bytes
    }

    fileprivate mutating func hasRoomAgain() -> Bool {
        guard isInboxFull, inboxBytes <= InProcessConnection.lowWaterMark else { return false }
        isInboxFull = false
        return true
    }

    fileprivate mutating func resumeSenders() {
        for sender in senders { sender.resume() }
        senders.removeAll()
    }
}
