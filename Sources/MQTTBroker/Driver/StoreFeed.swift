import Logging
import MQTTEngine
import NIOCore

/// Hands a shard's batches and questions to the store, and says in the log when it does not work: at once, and
/// then once a minute.
final class StoreFeed: Sendable {
    private let store: any Store
    private let rounds: RoundJoiner
    private let logger: Logger
    /// Only touched on the event loop.
    private let complaint: NIOLoopBoundBox<NIODeadline?>
    private let gate: LoopGate

    /// What is said again about the same trouble is said so long after.
    private static let pause = TimeAmount.minutes(1)

    init(
        _ store: any Store, _ rounds: RoundJoiner, _ logger: Logger, on eventLoop: any EventLoop,
        _ gate: LoopGate
    ) {
        self.store = store
        self.rounds = rounds
        self.logger = logger
        self.gate = gate
        complaint = NIOLoopBoundBox(nil, eventLoop: eventLoop)
    }

    /// What the store takes on its disk.
    var bytesOnDisk: Int { store.bytesOnDisk }

    /// All callbacks come on the event loop.
    func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isStored: @escaping @Sendable () -> Void
    ) {
        rounds.commit(
            batch,
            trouble: { [self] text in
                gate.execute { [self] in
                    complain(text)
                    trouble(text)
                }
            },
            isStored: { [gate] in gate.execute(isStored) })
    }

    func read(_ question: QueueRead, isRead: @escaping @Sendable (QueueRows) -> Void) {
        store.read(
            question, trouble: { [self] text in gate.execute { [self] in complain(text) } },
            isRead: { [gate] rows in gate.execute { isRead(rows) } })
    }

    func clockWasSet(by milliseconds: Int64) {
        logger.notice(
            "the machine's clock was set: the stored deadlines of sessions and wills go with it",
            metadata: ["by": "\(milliseconds / 1000) s"])
    }

    private func complain(_ trouble: StoreTrouble?) {
        guard let trouble else {
            if complaint.value != nil { logger.notice("the store works again") }
            complaint.value = nil
            return
        }
        let now = NIODeadline.now()
        if let last = complaint.value, now < last + Self.pause { return }
        complaint.value = now
        logger.error("\(trouble.text)")
    }
}
