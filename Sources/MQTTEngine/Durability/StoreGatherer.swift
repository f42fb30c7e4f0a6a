import MQTTCodec

/// The changes that were made since the last batch began: the next batch, which grows until the store is free.
struct StoreGatherer {
    /// Who waits for a batch to be stored.
    enum Waiter {
        /// A publisher's acknowledgement, here or on another shard.
        case creditor(Creditor)
        /// A message that other shards may have then.
        case passing(Int, DeferredPassing)
        /// What another shard may know then.
        case notice(Int, SiblingNotice)
        /// A row of a message that another shard gave its number is not referred to any more.
        case rowGone(Int64)
        /// The same, of what came with a delivery that waited for a shared subscription.
        case handedOnStored(Int64)
        /// A shared subscription whose messages may go to another shard then.
        case group(TopicFilter)
        /// A claim to a session that ends with the batch.
        case surrender(ClientClaim)
        /// A packet that promises what the batch stores.
        case packet(ConnectionID, Output)
        /// A CONNECT that was decided on.
        case connect(ConnectionID)
        /// A session with deliveries that may not go out before.
        case session(Int, generation: UInt32)
        /// A message whose publisher is answered when it is stored, or needed by nobody.
        case message(Int, id: Int64)
    }

    /// The number of the batch that is being gathered.
    private(set) var number: UInt64 = 1
    private(set) var waiters: [Waiter] = []
    /// What is promised where nothing else is said.
    private let general: Durability
    /// The most that somebody waits for.
    private var durability = Durability.memory
    /// Whether somebody waits for it; what only cleans up can wait for company.
    private(set) var isUrgent = false
    /// Whether it may only be stored together with what siblings gather.
    var isBound = false
    /// nil: taken back.
    private var operations: [StoreOperation?] = []
    private(set) var count = 0
    /// How many of `waiters` nothing but the batch can satisfy.
    private var firmWaiters = 0
    /// Bytes of the messages in it, and of its list.
    private(set) var bytes = 0

    /// Beyond so many operations that nobody waits for, they are stored all the same.
    private static let lazyMaximum = 4_096

    /// What an operation counts for beside its message, in bytes.
    private static let operationBytes = 128

    init(_ general: Durability = .synced) { self.general = general }

    /// Whether a batch should begin as soon as the store is free.
    var isDue: Bool { isUrgent || count >= Self.lazyMaximum }

    var isEmpty: Bool { count == 0 && firmWaiters == 0 }

    /// - Parameter durability: what who waits for it is promised; nil: ``general``.
    mutating func add(
        _ operation: StoreOperation, isUrgent urgent: Bool, _ durability: Durability? = nil
    ) -> StoreMark {
        operations.append(operation)
        count += 1
        // Also what is taken back has a place in the list until the batch begins.
        bytes += Self.operationBytes
        if urgent { hurry(durability) }
        if case .saveMessage(let message) = operation { bytes += message.bytes.count }
        return StoreMark(batch: number, place: Int32(operations.count - 1))
    }

    /// Takes a change back, unless its batch has begun.
    mutating func cancel(_ mark: StoreMark) -> Bool {
        guard mark.batch == number, let operation = operations[Int(mark.place)] else { return false }
        if case .saveMessage(let message) = operation { bytes -= message.bytes.count }
        operations[Int(mark.place)] = nil
        count -= 1
        // Everything was taken back: acknowledged before written is never written.
        if isEmpty { _ = begin() }
        return true
    }

    mutating func wait(_ waiter: Waiter, _ durability: Durability? = nil) {
        waiters.append(waiter)
        firmWaiters += 1
        hurry(durability)
    }

    /// Wants the batch to begin as soon as it can.
    mutating func hurry(_ durability: Durability? = nil) {
        isUrgent = true
        self.durability = max(self.durability, durability ?? general)
    }

    /// Waits without making the batch urgent: something else may settle the matter first.
    mutating func waitPatiently(_ waiter: Waiter) { waiters.append(waiter) }

    /// Begins the batch.
    ///
    /// - Parameter round: what it is a part of; nil: it is stored for itself.
    mutating func begin(round: UInt64? = nil) -> (StoreBatch, [Waiter]) {
        // What nobody waits for is treated like the rest.
        let isSynced = (isUrgent ? durability : general) == .synced
        let batch = StoreBatch(
            number: number, round: round, operations: operations.compactMap { $0 }, isSynced: isSynced)
        let waiting = waiters
        number += 1
        operations = []
        waiters = []
        count = 0
        firmWaiters = 0
        bytes = 0
        isUrgent = false
        durability = .memory
        isBound = false
        return (batch, waiting)
    }
}
