import Dispatch
import MQTTEngine
import NIOCore
import Synchronization

/// What siblings have given to a shard and it has not taken yet, in order of coming.
///
/// A shard takes all of it before it looks at anything from outside. So whoever has told its siblings of
/// something, and only then a client, can count on every shard knowing it when that client speaks to another.
final class Mailbox: Sendable {
    private struct State {
        var mail: [(sibling: Int, batch: SiblingBatch)] = []
        var bytes = 0
        /// Whether the shard's thread sleeps until there is mail.
        var isAwaited = false
    }

    /// Bytes from which on publishers are held back, until the shard has taken them.
    static let congestion = 16 * 1024 * 1024

    private let state = Mutex(State())
    private let isFilled = Atomic(false)
    private let arrival = DispatchSemaphore(value: 0)
    let gate: LoopGate
    /// nil before its driver has started and after it has ended.
    private let driver: NIOLoopBoundBox<ShardDriver?>

    init(eventLoop: any EventLoop) {
        gate = LoopGate(eventLoop)
        driver = NIOLoopBoundBox.makeBoxSendingValue(nil, eventLoop: eventLoop)
    }

    /// On its event loop.
    func belong(to owner: ShardDriver?) { driver.value = owner }

    /// From any thread. Returns how many bytes wait now.
    func put(_ batch: SiblingBatch, from sibling: Int) -> Int {
        let (isFirst, isAwaited, bytes) = state.withLock { state in
            state.mail.append((sibling, batch))
            // Before anybody else can count on it.
            isFilled.store(true, ordering: .releasing)
            state.bytes += batch.count
            defer { state.isAwaited = false }
            return (state.mail.count == 1, state.isAwaited, state.bytes)
        }
        if isAwaited { arrival.signal() }
        if isFirst {
            onDriver { driver in driver.mailArrived() }
        }
        return bytes
    }

    /// Whether there may be something; on the event loop.
    @inline(__always)
    var hasMail: Bool { isFilled.load(ordering: .acquiring) }

    /// Sleeps until there is something; on the event loop. For moments in which the shard may not look at anything
    /// else, and siblings answer without looking at anything else either.
    func awaitMail() {
        let isEmpty = state.withLock { state in
            state.isAwaited = state.mail.isEmpty
            return state.isAwaited
        }
        if isEmpty { arrival.wait() }
    }

    /// Takes everything; on the event loop.
    func takeAll() -> (mail: [(sibling: Int, batch: SiblingBatch)], wasCongested: Bool) {
        state.withLock { state in
            isFilled.store(false, ordering: .releasing)
            let taken = state.mail
            let wasCongested = state.bytes > Self.congestion
            state.mail = []
            state.bytes = 0
            return (taken, wasCongested)
        }
    }

    func onDriver(_ body: @escaping @Sendable (ShardDriver) -> Void) {
        gate.execute { [driver] in
            if let driver = driver.value { body(driver) }
        }
    }
}
