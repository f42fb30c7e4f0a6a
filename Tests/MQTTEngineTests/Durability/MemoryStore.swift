import MQTTCodec
import MQTTEngine

/// What a disk would hold: tables that batches change, whole or not at all.
final class MemoryStore {
    private(set) var batches: [StoreBatch] = []
    private var sessions: [Int64: StoredSession] = [:]
    private var subscriptions: [Int64: [MQTTString: StoredSubscription]] = [:]
    private var groups: [Int64: MQTTString] = [:]
    private var messages: [Int64: StoredMessage] = [:]
    private var deliveries: [Int64: [Int64: StoredDelivery]] = [:]
    private var received: [Int64: Set<UInt16>] = [:]
    private var retained: [MQTTString: Int64] = [:]

    /// Every operation of every batch, in order.
    var operations: [StoreOperation] { batches.flatMap(\.operations) }

    /// How many messages were ever written.
    var savedMessages: Int { operations.count { if case .saveMessage = $0 { true } else { false } } }

    /// A broken disk: what it forgets is not stored.
    var forgets: (StoreOperation) -> Bool = { _ in false }

    /// What it does instead of an operation.
    var replaces: (StoreOperation) -> StoreOperation = { $0 }

    func commit(_ batch: StoreBatch) {
        batches.append(batch)
        for operation in batch.operations where !forgets(operation) { apply(replaces(operation)) }
    }

    /// Another store with the same contents.
    func copy() -> MemoryStore {
        let copy = MemoryStore()
        copy.sessions = sessions
        copy.subscriptions = subscriptions
        copy.groups = groups
        copy.messages = messages
        copy.deliveries = deliveries
        copy.received = received
        copy.retained = retained
        copy.forgets = forgets
        copy.replaces = replaces
        return copy
    }

    private func apply(_ operation: StoreOperation) {
        switch operation {
        case .saveSession(let session): sessions[session.id] = session
        case .removeSession(let id, let last):
            sessions[id] = nil
            subscriptions[id] = nil
            removeDeliveries(of: id, through: last)
            received[id] = nil
        case .saveSubscription(let session, let subscription):
            subscriptions[session, default: [:]][subscription.filter] = subscription
        case .removeSubscription(let session, let filter): subscriptions[session]?[filter] = nil
        case .saveGroup(let id, let filter): groups[id] = filter
        case .removeGroup(let id, let last):
            groups[id] = nil
            removeDeliveries(of: id, through: last)
        case .joinGroups(let from, let into, let offset):
            groups[from] = nil
            for var row in deliveries.removeValue(forKey: from)?.values.map({ $0 }) ?? [] {
                row.order += offset
                row.isOnDiskAlone = true
                deliveries[into, default: [:]][row.order] = row
            }
        case .saveMessage(let message): messages[message.id] = message
        case .removeMessage(let id): messages[id] = nil
        case .removeMessageUnlessAwaited(let id):
            let isAwaited = deliveries.values.contains { rows in
                rows.values.contains { $0.message == id && $0.isOnDiskAlone }
            }
            if !isAwaited { messages[id] = nil }
        case .removeUnusedMessages:
            let used = deliveries.values.reduce(into: Set(retained.values)) { used, rows in
                used.formUnion(rows.values.map(\.message))
            }
            messages = messages.filter { used.contains($0.key) }
        case .saveDelivery(let owner, let delivery):
            deliveries[owner, default: [:]][delivery.order] = delivery
        case .removeDelivery(let owner, let order): deliveries[owner]?[order] = nil
        case .saveReceived(let session, let identifier):
            received[session, default: []].insert(identifier)
        case .removeReceived(let session, let identifier): received[session]?.remove(identifier)
        case .saveRetained(let topic, let message): retained[topic] = message
        case .removeRetained(let topic): retained[topic] = nil
        }
    }

    private func removeDeliveries(of owner: Int64, through last: Int64) {
        deliveries[owner] = deliveries[owner]?.filter { $0.key > last }
    }

    /// Rows of a queue, as a store would read them.
    func read(_ question: QueueRead) -> QueueRows {
        let wanted = (deliveries[question.owner] ?? [:]).values
            .filter { $0.order > question.after && $0.order <= question.through }
            .sorted { $0.order < $1.order }
        let rows = Array(wanted.prefix(question.rows))
        return QueueRows(
            question: question, deliveries: rows,
            messages: question.includesMessages ? rows.map { messages[$0.message] } : [],
            isEnd: rows.count == wanted.count)
    }

    /// How many messages have rows.
    var messageRows: Int { messages.count }

    /// A damage: the message with this payload is not there any more.
    func lose(messageOf payload: String) {
        for (id, message) in messages {
            let rest = message.bytes.dropFirst(message.topicCount + message.propertiesCount)
            if rest.elementsEqual(payload.utf8) { messages[id] = nil }
        }
    }

    /// How many deliveries have rows.
    var deliveryRows: Int { deliveries.values.reduce(0) { $0 + $1.count } }

    var state: StoredState {
        var state = StoredState()
        state.lastMessage = messages.keys.max() ?? 0
        state.sessions = sessions.values.sorted { $0.id < $1.id }
        for (session, rows) in subscriptions.sorted(by: { $0.key < $1.key }) {
            state.subscriptions += rows.values.map { (session, $0) }
        }
        state.groups = groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for (owner, rows) in deliveries.sorted(by: { $0.key < $1.key }) {
            let rows = rows.values.sorted { $0.order < $1.order }
            let heads = (rows.lastIndex { !$0.isOnDiskAlone } ?? -1) + 1
            state.deliveries += rows[..<heads].map { (owner, $0) }
            guard let first = rows[heads...].first, let last = rows.last else { continue }
            state.queues.append(
                StoredQueue(
                    owner: owner, after: first.order - 1, through: last.order, count: rows.count - heads,
                    bytes: rows[heads...].reduce(0) { $0 + $1.size }))
        }
        let wanted = Set(state.deliveries.map(\.1.message) + retained.values)
        state.messages = messages.values.filter { wanted.contains($0.id) }.sorted { $0.id < $1.id }
        for (session, identifiers) in received.sorted(by: { $0.key < $1.key }) {
            state.received += identifiers.sorted().map { (session, $0) }
        }
        state.retained = retained.sorted { $0.value < $1.value }.map { ($0.key, $0.value) }
        return state
    }

    /// Rows that refer to nothing, or that nothing refers to: empty when all is well.
    var strays: [String] {
        var strays: [String] = []
        var used = Set(retained.values)
        for (topic, message) in retained where messages[message] == nil {
            strays.append("retained \(topic) without message \(message)")
        }
        for (owner, rows) in deliveries where !rows.isEmpty {
            if sessions[owner] == nil && groups[owner] == nil { strays.append("deliveries of \(owner)") }
            for row in rows.values where row.state != .released {
                used.insert(row.message)
                if messages[row.message] == nil { strays.append("\(owner) without message \(row.message)") }
            }
        }
        for id in messages.keys where !used.contains(id) { strays.append("message \(id) is used by nobody") }
        for (owner, rows) in subscriptions where !rows.isEmpty && sessions[owner] == nil {
            strays.append("subscriptions of \(owner)")
        }
        for (owner, rows) in received where !rows.isEmpty && sessions[owner] == nil {
            strays.append("received identifiers of \(owner)")
        }
        return strays
    }
}
