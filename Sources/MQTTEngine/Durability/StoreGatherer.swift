import MQTTCodec

/// The changes that were made since the last batch began: the next batch, which grows until the store is free.
struct StoreGatherer {
    /// Who waits for a batch to be stored. What is rare and large stands elsewhere, for there are many.
    enum Waiter {
        /// A publisher's acknowledgement, here or on another shard.
        case creditor(Creditor)
        /// A message that other shards may have then.
        indirect case passing(Int, DeferredPassing)
        /// What another shard may know then.
        indirect case notice(Int, SiblingNotice)
        /// A row of a message that another shard gave its number is not referred to any more.
        case rowGone(Int64)
        /// The same, of what came with a delivery that waited for a shared subscription.
        case handedOnStored(Int64)
        /// A shared subscription whose messages may go to another shard then.
        indirect case group(TopicFilter)
        /// A claim to a session that ends with the batch.
        indirect case surrender(ClientClaim)
        /// A packet that promises what the batch stores.
        indirect case packet(ConnectionID, Output)
        /// The same: that the identifier of a QoS 2 message is free.
        case pubcomp(ConnectionID, packetIdentifier: UInt16, ReasonCode)
        /// A CONNECT that was decided on.
        case connect(ConnectionID)
        /// A session with deliveries that may not go out before.
        case session(Int, generation: UInt32)
    }

    /// A message whose publisher is answered when it is stored, or needed by nobody.
    struct AwaitedMessage {
        var place: Int
        /// Its number in the store: the place may be another's by then.
        var id: Int64
    }

    /// What goes on when a batch is stored.
    struct Waiting {
        var waiters: [Waiter] = []
        var messages: [AwaitedMessage] = []
    }

    /// How much somebody waits for a change.
    enum Urgency: Comparable {
        /// Nobody does: what only cleans up can wait for company.
        case idle
        /// Somebody does, unless a recipient's acknowledgement settles the matter first.
        case patient
        /// Somebody does, and nothing but the store can help.
        case firm
    }

    /// What was gathered in one span of time.
    private struct Generation {
        var number: UInt64
        var operations = OperationList()
        var waiters: [Waiter] = []
        /// Messages whose publishers may be answered by something else first.
        var messages: [AwaitedMessage] = []
        /// The most that somebody waits for.
        var durability = Durability.memory
        var urgency = Urgency.idle
        /// Changes that nobody waits for, taken back or not.
        var idleCount = 0

        /// Nothing in it needs the store: what patiently waited was settled.
        var isEmpty: Bool { operations.count == 0 && waiters.isEmpty }

        mutating func clear() {
            operations.removeAll()
            waiters = []
            messages.removeAll(keepingCapacity: messages.capacity <= 65_536)
            durability = .memory
            urgency = .idle
            idleCount = 0
        }
    }

    /// What new changes belong to.
    private var young = Generation(number: 1)
    /// What is held, see ``StoreHold``; it is stored before what is young.
    private var held = Generation(number: 0)
    private var hold: StoreHold
    /// What is promised where nothing else is said.
    private let general: Durability
    /// Whether it may only be stored together with what siblings gather.
    var isBound = false

    /// Beyond so many changes that nobody waits for, they are stored all the same.
    private static let idleMaximum = 4_096

    init(_ general: Durability = .synced, holdThreshold: Int = 256) {
        self.general = general
        hold = StoreHold(threshold: holdThreshold)
    }

    /// From how many changes on what acknowledgements may settle is held.
    var holdThreshold: Int {
        get { hold.threshold }
        set { hold.threshold = newValue }
    }

    /// The number of the batch that new changes belong to; those before have lower ones.
    var number: UInt64 { young.number }

    var count: Int { young.operations.count + held.operations.count }

    /// Bytes of the messages in it, and of its list.
    var bytes: Int { young.operations.bytes + held.operations.bytes }

    var isEmpty: Bool { young.isEmpty && held.isEmpty }

    /// Whether a batch should begin as soon as the store is free, be it that it finds what has to wait.
    func isDue(at now: Instant) -> Bool { isPressing || isWanted && (isBound || !hold.isOn(at: now)) }

    /// Whether everything has to be stored as soon as the store is free.
    private var isPressing: Bool { young.urgency == .firm || held.urgency == .firm }

    /// Whether what there is should be stored, when it has had its time.
    private var isWanted: Bool {
        guard !isEmpty else { return false }
        return young.urgency != .idle || held.urgency != .idle
            || young.idleCount + held.idleCount >= Self.idleMaximum
    }

    /// When what is held has had its time; nil: nothing is.
    var holdEndsAt: Instant? { isWanted ? hold.endsAt : nil }

    // MARK: Changes

    /// - Parameter durability: what who waits for it is promised; nil: the general one.
    mutating func add(
        _ operation: StoreOperation, _ urgency: Urgency, _ durability: Durability? = nil
    ) -> StoreMark {
        young.operations.append(operation)
        return added(urgency, durability)
    }

    mutating func add(_ message: StoredMessage, _ urgency: Urgency, _ durability: Durability) -> StoreMark {
        young.operations.append(message)
        return added(urgency, durability)
    }

    mutating func add(
        _ row: StoredDelivery, owner: Int64, _ urgency: Urgency, _ durability: Durability?
    ) -> StoreMark {
        young.operations.append(row, owner: owner)
        return added(urgency, durability)
    }

    @inline(__always)
    private mutating func added(_ urgency: Urgency, _ durability: Durability?) -> StoreMark {
        if urgency == .idle {
            young.idleCount += 1
        } else {
            press(urgency, durability)
        }
        return StoreMark(batch: young.number, place: young.operations.end - 1)
    }

    @inline(__always)
    private mutating func press(_ urgency: Urgency, _ durability: Durability?) {
        young.urgency = max(young.urgency, urgency)
        young.durability = max(young.durability, durability ?? general)
    }

    /// Takes a change back, unless its batch has begun.
    mutating func cancel(_ mark: StoreMark) -> Bool {
        if mark.batch == young.number {
            guard young.operations.cancel(mark.place) else { return false }
        } else if mark.batch == held.number && mark.batch != 0 {
            guard held.operations.cancel(mark.place) else { return false }
        } else {
            return false
        }
        // Everything was taken back: acknowledged before written is never written.
        if isEmpty {
            forgetHeld()
            young.clear()
            young.number += 1
            isBound = false
        }
        return true
    }

    // MARK: Waiting

    mutating func wait(_ waiter: Waiter, _ durability: Durability? = nil) {
        young.waiters.append(waiter)
        press(.firm, durability)
    }

    /// Wants the batch to begin as soon as it can.
    mutating func hurry() { press(.firm, nil) }

    /// A message's publisher waits: its rows are stored, or nobody needs them any more.
    mutating func waitPatiently(_ message: Int, id: Int64) {
        young.messages.append(AwaitedMessage(place: message, id: id))
    }

    /// Waits for a batch that has not begun. false: it has.
    mutating func wait(_ waiter: Waiter, for batch: UInt64) -> Bool {
        guard batch == young.number || batch == held.number && batch != 0 else { return false }
        wait(waiter)
        return true
    }

    // MARK: Batches

    /// Begins the batch that is due, which leaves what has not had its time; nil: all that there is has to wait, or
    /// nothing is left of what has waited.
    mutating func beginDue(at now: Instant) -> (StoreBatch, Waiting)? {
        if isPressing || isBound { return begin() }
        let waits = hold.turn(
            gathered: Int(young.operations.end), held: Int(held.operations.end), left: held.operations.count,
            at: now)
        guard waits else { return begin() }
        let batch = held.isEmpty ? nil : take(held.number, [held])
        forgetHeld()
        swap(&held, &young)
        young.number = held.number + 1
        // All of it was taken back while it was young.
        if held.isEmpty { forgetHeld() }
        return batch
    }

    /// Begins the batch of all that there is.
    ///
    /// - Parameter round: what it is a part of; nil: it is stored for itself.
    mutating func begin(round: UInt64? = nil) -> (StoreBatch, Waiting) {
        let begun = take(young.number, held.number == 0 ? [young] : [held, young], round: round)
        forgetHeld()
        young.clear()
        young.number += 1
        isBound = false
        return begun
    }

    private mutating func forgetHeld() {
        held.clear()
        held.number = 0
    }

    private func take(_ number: UInt64, _ generations: [Generation], round: UInt64? = nil) -> (
        StoreBatch, Waiting
    ) {
        var operations: [StoreOperation] = []
        var waiting = Waiting()
        var urgency = Urgency.idle
        var durability = Durability.memory
        for generation in generations {
            generation.operations.append(to: &operations)
            waiting.waiters += generation.waiters
            waiting.messages += generation.messages
            urgency = max(urgency, generation.urgency)
            durability = max(durability, generation.durability)
        }
        // What nobody waits for is treated like the rest.
        let isSynced = (urgency == .idle ? general : durability) == .synced
        let batch = StoreBatch(number: number, round: round, operations: operations, isSynced: isSynced)
        return (batch, waiting)
    }
}
