import MQTTCodec
import MQTTEngine

/// What a broken engine, store or disk would do, each of which breaks a promise.
enum Sabotage: String, CaseIterable {
    // A promise leaves one step early, when its batch has begun.
    case answersEarly, pubackEarly, pubrecEarly, pubrelEarly, pubcompEarly, subackEarly, unsubackEarly
    case qos2PublishEarly
    // A change is forgotten.
    case forgetsReceived, forgetsToFreeReceived, forgetsHandedOver, forgetsPacketIdentifiers
    case forgetsDeliveries, forgetsRetained, forgetsSubscriptions, forgetsUnsubscriptions
    case forgetsToRemoveMessages, forgetsSharedMessages, forgetsQueuesOnDisk
    // The disk is one that no store may trust, or the store trusts it too much.
    case tearsBatches, doesNotSync, ignoresFailedSync, repeatsBatches
    // Durability by topic is taken too lightly.
    case syncsTooLittle, forgetsIdentifiersAlone

    /// Whether histories need topics of every durability to show it.
    var isByTopic: Bool { self == .syncsTooLittle || self == .forgetsIdentifiersAlone }
    // The parts of a round are stored one by one.
    case splitsRounds

    /// How many shards it takes.
    var shards: Int { self == .splitsRounds ? 3 : 1 }

    var flaw: SimulatedDisk.Flaw? { SimulatedDisk.Flaw(rawValue: rawValue) }

    /// Whether what waits for a batch with this operation does not wait.
    func isEarly(_ operation: StoreOperation) -> Bool {
        switch (self, operation) {
        case (.answersEarly, _), (.pubackEarly, .saveMessage), (.pubrecEarly, .saveReceived),
            (.pubcompEarly, .removeReceived), (.subackEarly, .saveSubscription),
            (.unsubackEarly, .removeSubscription):
            true
        case (.pubrelEarly, .saveDelivery(_, let row)): row.state == .released
        case (.qos2PublishEarly, .saveDelivery(_, let row)):
            row.state == .published && row.qos == .exactlyOnce
        default: false
        }
    }

    func forgets(_ operation: StoreOperation) -> Bool {
        switch (self, operation) {
        case (.forgetsReceived, .saveReceived), (.forgetsToFreeReceived, .removeReceived),
            (.forgetsRetained, .saveRetained), (.forgetsSubscriptions, .saveSubscription),
            (.forgetsUnsubscriptions, .removeSubscription), (.forgetsToRemoveMessages, .removeMessage):
            true
        case (.forgetsHandedOver, .saveDelivery(_, let row)): row.state == .released
        case (.forgetsPacketIdentifiers, .saveDelivery(_, let row)): row.state == .published
        case (.forgetsDeliveries, .saveDelivery(_, let row)): row.state == .queued && !row.isOnDiskAlone
        case (.forgetsQueuesOnDisk, .saveDelivery(_, let row)): row.isOnDiskAlone
        default: false
        }
    }

    /// Forgets packet identifiers whose messages are in memory alone: rows that begin as released.
    static func forgettingIdentifiersAlone() -> (StoreOperation) -> Bool {
        var known: Set<[Int64]> = []
        return { operation in
            guard case .saveDelivery(let owner, let row) = operation else { return false }
            if row.state == .released { return !known.contains([owner, row.order]) }
            known.insert([owner, row.order])
            return false
        }
    }

    /// Instead of 'remove the message unless a queue on the disk awaits it'.
    func replaces(_ operation: StoreOperation) -> StoreOperation {
        if self == .forgetsSharedMessages, case .removeMessageUnlessAwaited(let id) = operation {
            return .removeMessage(id)
        }
        return operation
    }
}
