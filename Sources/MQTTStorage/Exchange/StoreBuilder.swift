import MQTTEngine

/// Fills a new store with rows from elsewhere, and refuses what does not hang together.
final class StoreBuilder {
    private let connection: StoreConnection
    private var operations: [StoreOperation] = []
    private var sessions: Set<Int64> = []
    private var groups: Set<Int64> = []
    /// Messages, with how many bytes they are.
    private var messages: [Int64: Int] = [:]
    /// How many deliveries each owner has.
    private var lengths: [Int64: Int] = [:]
    private(set) var report = ImportReport()

    /// What stands further behind in a queue, no broker reads before its turn comes.
    private static let window = 256
    /// So many rows are one transaction.
    private static let batch = 10_000

    /// - Parameter path: a file that does not exist yet.
    init(path: String) throws { connection = try StoreConnection(path, .synced) }

    func add(_ given: StoreOperation) throws {
        var operation = given
        switch operation {
        case .saveSession(let session):
            guard sessions.insert(session.id).inserted, !groups.contains(session.id) else {
                throw StoreError.refused("session \(session.id) is there twice")
            }
            report.sessions += 1
            if session.will != nil { report.wills += 1 }
        case .saveSubscription(let session, _):
            try require(sessions, session, "session")
            report.subscriptions += 1
        case .saveGroup(let id, _):
            guard groups.insert(id).inserted, !sessions.contains(id) else {
                throw StoreError.refused("shared subscription \(id) is there twice")
            }
            report.sharedSubscriptions += 1
        case .saveMessage(let message):
            guard !message.bytes.isEmpty, message.topicCount > 0 else {
                throw StoreError.refused("message \(message.id) has no topic")
            }
            guard messages.updateValue(message.bytes.count, forKey: message.id) == nil else {
                throw StoreError.refused("message \(message.id) is there twice")
            }
            report.messages += 1
        case .saveRetained(_, let message):
            _ = try size(message)
            report.retained += 1
        case .saveDelivery(let owner, var delivery):
            if !groups.contains(owner) { try require(sessions, owner, "session") }
            let size = delivery.state == .released ? 0 : try size(delivery.message)
            lengths[owner, default: 0] += 1
            delivery.isOnDiskAlone = delivery.state == .queued && lengths[owner, default: 0] > Self.window
            delivery.size = delivery.isOnDiskAlone ? size : 0
            report.deliveries += 1
            operation = .saveDelivery(owner: owner, delivery)
        case .saveReceived(let session, _):
            try require(sessions, session, "session")
            report.received += 1
        default: return
        }
        operations.append(operation)
        if operations.count >= Self.batch { try flush() }
    }

    /// Counts what is left out, and why.
    func skip(_ why: String) { report.leftOut[why, default: 0] += 1 }

    func flush() throws {
        try connection.write(operations)
        operations.removeAll(keepingCapacity: true)
    }

    private func size(_ message: Int64) throws(StoreError) -> Int {
        guard let size = messages[message] else { throw .refused("message \(message) is not there") }
        return size
    }

    private func require(_ known: Set<Int64>, _ id: Int64, _ what: String) throws(StoreError) {
        guard known.contains(id) else { throw .refused("\(what) \(id) is not there") }
    }
}
