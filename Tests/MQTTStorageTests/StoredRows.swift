import MQTTCodec
import MQTTEngine

/// Rows as tests need them, and what is stored in an order that can be compared.
enum Rows {
    static func session(_ id: Int64, will: Will? = nil) -> StoredSession {
        StoredSession(
            id: id, clientIdentifier: MQTTString("client\(id)"), userName: nil, version: .v5,
            expiryInterval: 3600,
            expiresAt: nil, will: will, willDueAt: nil)
    }

    static func message(_ id: Int64, _ payload: [UInt8] = [1, 2, 3]) -> StoredMessage {
        StoredMessage(
            id: id, bytes: Array("a/b".utf8) + payload, topicCount: 3, propertiesCount: 0, qos: .atLeastOnce,
            retain: false, expiresAt: nil)
    }

    static func delivery(_ order: Int64, _ message: Int64) -> StoredDelivery {
        StoredDelivery(
            order: order, message: message, qos: .atLeastOnce, retain: false, state: .queued,
            packetIdentifier: 0, group: 0, subscriptionIdentifiers: [])
    }
}

/// All that is stored, each table in order, so that two states can be compared.
struct Tables: Equatable {
    var sessions: [StoredSession]
    var subscriptions: [String]
    var groups: [String]
    var messages: [StoredMessage]
    var deliveries: [String]
    var received: [String]
    var retained: [String]

    init(_ state: StoredState) {
        sessions = state.sessions.sorted { $0.id < $1.id }
        subscriptions = state.subscriptions.map { "\($0)" }.sorted()
        groups = state.groups.map { "\($0)" }.sorted()
        messages = state.messages.sorted { $0.id < $1.id }
        // In the order of the store: it is promised.
        deliveries = state.deliveries.map { "\($0)" }
        received = state.received.map { "\($0)" }.sorted()
        retained = state.retained.map { "\($0)" }.sorted()
    }
}
