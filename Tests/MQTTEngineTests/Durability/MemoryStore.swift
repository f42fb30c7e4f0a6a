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

    func commit(_ batch: StoreBatch) {
        batches.append(batch)
        for operation in batch.operations where !forgets(operation) { apply(operation) }
    }

    private func apply(_ operation: StoreOperation) {
        switch operation {
        case .saveSession(let session): sessions[session.id] = session
        case .removeSession(let id):
            sessions[id] = nil
            subscriptions[id] = nil
            deliveries[id] = nil
            received[id] = nil
        case .saveSubscription(let session, let subscription):
            subscriptions[session, default: [:]][subscription.filter] = subscription
        case .removeSubscription(let session, let filter): subscriptions[session]?[filter] = nil
        case .saveGroup(let id, let filter): groups[id] = filter
        case .removeGroup(let id):
            groups[id] = nil
            deliveries[id] = nil
        case .saveMessage(let message): messages[message.id] = message
        case .removeMessage(let id): messages[id] = nil
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

    var state: StoredState {
        var state = StoredState()
        state.sessions = sessions.values.sorted { $0.id < $1.id }
        for (session, rows) in subscriptions.sorted(by: { $0.key < $1.key }) {
            state.subscriptions += rows.values.map { (session, $0) }
        }
        state.groups = groups.map { ($0.key, $0.value) }
        state.messages = messages.values.sorted { $0.id < $1.id }
        for (owner, rows) in deliveries.sorted(by: { $0.key < $1.key }) {
            state.deliveries += rows.values.sorted { $0.order < $1.order }.map { (owner, $0) }
        }
        for (session, identifiers) in received { state.received += identifiers.map { (session, $0) } }
        state.retained = retained.map { ($0.key, $0.value) }
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
