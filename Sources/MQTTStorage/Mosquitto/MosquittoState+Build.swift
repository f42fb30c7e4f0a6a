import MQTTCodec
import MQTTEngine

extension MosquittoState {
    /// Fills a store.
    func build(_ builder: StoreBuilder) throws {
        try MosquittoBuild(self, builder).run()
    }
}

/// Makes rows of what Mosquitto has stored.
private final class MosquittoBuild {
    private let state: MosquittoState
    private let builder: StoreBuilder
    private var lastID: Int64 = 0
    private var sessions: [MQTTString: Int64] = [:]
    private var groups: [MQTTString: Int64] = [:]
    /// Mosquitto's number, and that of the row.
    private var messages: [UInt64: Int64] = [:]
    private var places: [Int64: Int64] = [:]
    private var subscriptions: [(owner: Int64, filter: TopicFilter, MosquittoState.Subscription)] = []

    /// The states of `mosquitto_msg_state` that say that a message was handed over to a client.
    private static let released: Set<UInt8> = [6, 9]
    /// Those that say that it was sent.
    private static let published: Set<UInt8> = [2, 3, 4, 5]
    /// Those of a message that came and was answered with PUBREC.
    private static let received: Set<UInt8> = [7, 10]

    init(_ state: MosquittoState, _ builder: StoreBuilder) {
        self.state = state
        self.builder = builder
    }

    func run() throws {
        for client in state.clients { try add(client) }
        for subscription in state.subscriptions { try add(subscription) }
        for number in state.retained { try addRetained(number) }
        for message in state.clientMessages {
            if message.isIncoming { try addIncoming(message) } else { try addOutgoing(message) }
        }
    }

    private func nextID() -> Int64 {
        lastID += 1
        return lastID
    }

    private func add(_ client: MosquittoState.Client) throws {
        guard !client.identifier.isEmpty else { return builder.skip("sessions without a client identifier") }
        guard sessions[client.identifier] == nil else { return builder.skip("sessions that are there twice") }
        let id = nextID()
        sessions[client.identifier] = id
        try builder.add(
            .saveSession(
                StoredSession(
                    id: id, clientIdentifier: client.identifier, userName: client.user,
                    // Not stored; the next CONNECT says it again.
                    version: client.expiryInterval == .max ? .v3_1_1 : .v5,
                    expiryInterval: client.expiryInterval,
                    expiresAt: client.expiryInterval == .max ? nil : Self.milliseconds(client.expiresAt),
                    will: client.will, willDueAt: Self.milliseconds(client.willDueAt))))
    }

    private func add(_ subscription: MosquittoState.Subscription) throws {
        guard let session = sessions[subscription.client] else {
            return builder.skip("subscriptions without their session")
        }
        guard let filter = try? TopicFilter(subscription.filter),
            let options = try? SubscriptionOptions(byte: subscription.options & 0x0F, version: .v5)
        else { return builder.skip("subscriptions with an invalid filter or invalid options") }
        if filter.isShared && groups[filter.string] == nil {
            let group = nextID()
            groups[filter.string] = group
            try builder.add(.saveGroup(group, filter: filter.string))
        }
        subscriptions.append((session, filter, subscription))
        try builder.add(
            .saveSubscription(
                session: session,
                StoredSubscription(
                    filter: filter.string, options: options, identifier: subscription.identifier,
                    isReplaying: false)))
    }

    /// The row of a message, made when it is first wanted: what nobody wants is not taken over.
    private func message(_ number: UInt64) throws -> Int64? {
        if let known = messages[number] { return known }
        guard let message = state.messages[number], let qos = QoS(rawValue: message.qos),
            !message.topic.isEmpty
        else { return nil }
        let id = nextID()
        messages[number] = id
        try builder.add(
            .saveMessage(
                StoredMessage(
                    id: id, topic: message.topic, properties: message.properties, payload: message.payload,
                    qos: qos, retain: message.retain, expiresAt: Self.milliseconds(message.expiresAt))))
        return id
    }

    private func addRetained(_ number: UInt64) throws {
        guard let topic = state.messages[number]?.topic else {
            return builder.skip("retained topics without their message")
        }
        guard !topic.bytes.starts(with: Array("$SYS".utf8)) else {
            return builder.skip("$SYS topics, which are Mosquitto's own")
        }
        guard let message = try message(number) else { return }
        try builder.add(.saveRetained(topic: topic, message: message))
    }

    private func addOutgoing(_ row: MosquittoState.ClientMessage) throws {
        guard let owner = sessions[row.client] else {
            return builder.skip("messages of clients without a session")
        }
        guard let qos = QoS(rawValue: row.qos) else { return builder.skip("messages without a valid QoS") }
        let state: StoredDelivery.State =
            Self.released.contains(row.state)
            ? .released : Self.published.contains(row.state) && row.packet > 0 ? .published : .queued
        guard let message = try message(row.message) ?? (state == .released ? 0 : nil) else {
            return builder.skip("deliveries without their message")
        }
        try addDelivery(
            owner, message, qos: qos, retain: row.retain, state, packet: state == .queued ? 0 : row.packet,
            row.subscriptionIdentifiers)
    }

    /// Mosquitto passes a QoS 2 message on when its PUBREL comes; Martlet has then done so. What was answered
    /// with PUBREC is therefore given to its recipients now.
    private func addIncoming(_ row: MosquittoState.ClientMessage) throws {
        guard let session = sessions[row.client] else {
            return builder.skip("messages of clients without a session")
        }
        guard row.qos == 2, Self.received.contains(row.state) else {
            return builder.skip("messages that were not acknowledged to their publisher")
        }
        guard let view = state.messages[row.message] else {
            return builder.skip("received messages without their message")
        }
        try builder.add(.saveReceived(session: session, packetIdentifier: row.packet))
        var recipients: [Int64: (qos: UInt8, retain: Bool, identifiers: [UInt32])] = [:]
        for (owner, filter, subscription) in subscriptions {
            // Shared filters are matched behind their share name.
            guard filter.matches(view.topic), subscription.options & 3 > 0 else { continue }
            guard subscription.options & 4 == 0 || owner != session else { continue }
            var recipient = recipients[groups[filter.string] ?? owner] ?? (0, false, [])
            recipient.qos = max(recipient.qos, subscription.options & 3)
            if view.retain && subscription.options & 8 != 0 { recipient.retain = true }
            if subscription.identifier > 0 && !filter.isShared {
                recipient.identifiers.append(subscription.identifier)
            }
            recipients[groups[filter.string] ?? owner] = recipient
        }
        for (owner, recipient) in recipients.sorted(by: { $0.key < $1.key }) {
            guard let message = try message(row.message) else { continue }
            try addDelivery(
                owner, message, qos: QoS(rawValue: recipient.qos) ?? .exactlyOnce, retain: recipient.retain,
                .queued, packet: 0, recipient.identifiers)
        }
        guard view.retain, !view.payload.isEmpty, let message = try message(row.message) else { return }
        try builder.add(.saveRetained(topic: view.topic, message: message))
    }

    private func addDelivery(
        _ owner: Int64, _ message: Int64, qos: QoS, retain: Bool, _ state: StoredDelivery.State,
        packet: UInt16, _ identifiers: [UInt32]
    ) throws {
        places[owner, default: 0] += 1
        try builder.add(
            .saveDelivery(
                owner: owner,
                StoredDelivery(
                    order: places[owner] ?? 1, message: message, qos: qos, retain: retain, state: state,
                    packetIdentifier: packet, group: 0, subscriptionIdentifiers: identifiers)))
    }

    private static func milliseconds(_ seconds: Int64) -> Int64? { seconds > 0 ? seconds * 1000 : nil }
}
