import MQTTCodec
import MQTTEngine

/// Writes operations with prepared statements.
final class OperationWriter {
    private let saveSession, removeSession, removeSubscriptions, removeReceivedOf: PreparedStatement
    private let saveSubscription, removeSubscription, saveGroup, removeGroup: PreparedStatement
    private let removeUnlessAwaited, removePlaces, removeMessages, removeAllUnlessAwaited: PreparedStatement
    private var run = RemovalRun()
    private let removeUnused, joinGroups: PreparedStatement
    private let saveMessage, removeMessage, saveDelivery, removeDelivery, removeDeliveries: PreparedStatement
    private let saveReceived, removeReceived, saveRetained, removeRetained: PreparedStatement

    init(_ handle: OpaquePointer) throws(StoreError) {
        func prepare(_ sql: String) throws(StoreError) -> PreparedStatement {
            try unsafe PreparedStatement(sql, on: handle)
        }
        saveSession = try prepare("REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        removeSession = try prepare("DELETE FROM session WHERE id = ?")
        removeSubscriptions = try prepare("DELETE FROM subscription WHERE session = ?")
        removeReceivedOf = try prepare("DELETE FROM received WHERE session = ?")
        saveSubscription = try prepare("REPLACE INTO subscription VALUES (?, ?, ?, ?, ?)")
        removeSubscription = try prepare("DELETE FROM subscription WHERE session = ? AND filter = ?")
        saveGroup = try prepare("REPLACE INTO share_group VALUES (?, ?)")
        removeGroup = try prepare("DELETE FROM share_group WHERE id = ?")
        saveMessage = try prepare("REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?)")
        removeMessage = try prepare("DELETE FROM message WHERE id = ?")
        removeUnlessAwaited = try prepare(
            """
            DELETE FROM message WHERE id = ?1 AND NOT EXISTS (
                SELECT 1 FROM delivery INDEXED BY awaited WHERE message = ?1 AND flags >= 64)
            """)
        removePlaces = try prepare("DELETE FROM delivery WHERE owner = ? AND place BETWEEN ? AND ?")
        removeMessages = try prepare("DELETE FROM message WHERE id BETWEEN ? AND ?")
        removeAllUnlessAwaited = try prepare(
            """
            DELETE FROM message WHERE id BETWEEN ? AND ? AND NOT EXISTS (
                SELECT 1 FROM delivery INDEXED BY awaited WHERE message = message.id AND flags >= 64)
            """)
        joinGroups = try prepare(
            "UPDATE delivery SET owner = ?, place = place + ?, flags = flags | 64 WHERE owner = ?")
        removeUnused = try prepare(
            """
            DELETE FROM message WHERE id NOT IN (
                SELECT message FROM delivery UNION ALL SELECT message FROM retained)
            """)
        saveDelivery = try prepare("REPLACE INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        removeDelivery = try prepare("DELETE FROM delivery WHERE owner = ? AND place = ?")
        removeDeliveries = try prepare("DELETE FROM delivery WHERE owner = ? AND place <= ?")
        saveReceived = try prepare("REPLACE INTO received VALUES (?, ?)")
        removeReceived = try prepare("DELETE FROM received WHERE session = ? AND packet = ?")
        saveRetained = try prepare("REPLACE INTO retained VALUES (?, ?)")
        removeRetained = try prepare("DELETE FROM retained WHERE topic = ?")
    }

    /// Takes an operation that is written with those that come next, or by ``finish()``.
    func gather(_ operation: StoreOperation) throws(StoreError) {
        if run.add(operation) { return }
        try finish()
        try write(operation)
    }

    /// Writes what was gathered.
    func finish() throws(StoreError) {
        guard !run.isEmpty else { return }
        defer { run.removeAll() }
        for (owner, places) in run.deliveries {
            try removePlaces.bind(owner).bind(places.lowerBound).bind(places.upperBound).run()
        }
        for ids in run.messages { try removeMessages.bind(ids.lowerBound).bind(ids.upperBound).run() }
        for ids in run.unawaited {
            try removeAllUnlessAwaited.bind(ids.lowerBound).bind(ids.upperBound).run()
        }
    }

    /// Forgets what was gathered: a transaction is rolled back.
    func forget() { run.removeAll() }

    func write(_ operation: StoreOperation) throws(StoreError) {
        switch operation {
        case .saveSession(let session): try save(session)
        case .removeSession(let id, let last):
            try removeSession.bind(id).run()
            try removeSubscriptions.bind(id).run()
            try removeReceivedOf.bind(id).run()
            try removeDeliveries.bind(id).bind(last).run()
        case .saveSubscription(let session, let subscription):
            try saveSubscription.bind(session).bind(subscription.filter.bytes)
                .bind(Int64(subscription.options.byte)).bind(Int64(subscription.identifier))
                .bind(subscription.isReplaying ? 1 : 0).run()
        case .removeSubscription(let session, let filter):
            try removeSubscription.bind(session).bind(filter.bytes).run()
        case .saveGroup(let id, let filter): try saveGroup.bind(id).bind(filter.bytes).run()
        case .removeGroup(let id, let last):
            try removeGroup.bind(id).run()
            try removeDeliveries.bind(id).bind(last).run()
        case .saveMessage(let message):
            try saveMessage.bind(message.id).bind(message.bytes).bind(Int64(message.topicCount))
                .bind(Int64(message.propertiesCount)).bind(Int64(message.qos.rawValue))
                .bind(message.retain ? 1 : 0).bind(message.expiresAt).run()
        case .removeMessage(let id): try removeMessage.bind(id).run()
        case .removeMessageUnlessAwaited(let id): try removeUnlessAwaited.bind(id).run()
        case .joinGroups(let from, let into, let offset):
            try joinGroups.bind(into).bind(offset).bind(from).run()
            try removeGroup.bind(from).run()
        case .removeUnusedMessages: try removeUnused.run()
        case .saveDelivery(let owner, let delivery): try save(delivery, owner)
        case .removeDelivery(let owner, let order): try removeDelivery.bind(owner).bind(order).run()
        case .saveReceived(let session, let packet): try saveReceived.bind(session).bind(Int64(packet)).run()
        case .removeReceived(let session, let packet):
            try removeReceived.bind(session).bind(Int64(packet)).run()
        case .saveRetained(let topic, let message): try saveRetained.bind(topic.bytes).bind(message).run()
        case .removeRetained(let topic): try removeRetained.bind(topic.bytes).run()
        }
    }

    private func save(_ session: StoredSession) throws(StoreError) {
        try saveSession.bind(session.id).bind(session.clientIdentifier.bytes).bind(session.userName?.bytes)
            .bind(Int64(session.version.rawValue)).bind(Int64(session.expiryInterval)).bind(session.expiresAt)
            .bind(session.will?.stored).bind(session.willDueAt).run()
    }

    private func save(_ delivery: StoredDelivery, _ owner: Int64) throws(StoreError) {
        var identifiers: [UInt8]?
        if !delivery.subscriptionIdentifiers.isEmpty {
            identifiers = delivery.subscriptionIdentifiers.flatMap { number in
                (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
            }
        }
        let flags =
            Int64(delivery.qos.rawValue) | (delivery.retain ? 4 : 0) | Int64(delivery.state.rawValue) << 3
            | (delivery.isOnDiskAlone ? 64 : 0)
        try saveDelivery.bind(owner).bind(delivery.order).bind(delivery.message).bind(flags)
            .bind(Int64(delivery.packetIdentifier)).bind(delivery.group).bind(identifiers)
            .bind(Int64(delivery.size)).run()
    }
}
