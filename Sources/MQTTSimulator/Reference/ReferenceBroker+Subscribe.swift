import MQTTCodec
import MQTTEngine

/// SUBSCRIBE and UNSUBSCRIBE, sections 3.8 and 3.10, and the retained messages that they bring.
extension ReferenceBroker {
    func subscribed(_ packet: Subscribe, _ session: ReferenceSession, _ connection: ReferenceConnection) {
        var codes: [Set<UInt8>] = []
        for entry in packet.entries {
            guard let filter = try? TopicFilter(entry.topicFilter) else {
                // 3.1 has no code for a failure.
                codes.append(connection.version == .v5 ? [0x8F] : connection.version == .v3_1 ? [0] : [0x80])
                continue
            }
            codes.append([entry.options.qos.rawValue])
            let subscription = ReferenceSubscription(
                filter: filter, options: entry.options,
                identifier: packet.properties.subscriptionIdentifiers.first)
            let place = session.subscriptions.firstIndex { $0.filter == filter }
            if filter.isShared { loosen(filter.string, connection) }
            if let place {
                remember(session.subscriptions[place], of: session)
                session.subscriptions[place] = subscription
            } else {
                session.subscriptions.append(subscription)
            }
            sendRetained(subscription, isNew: place == nil, session, connection)
        }
        connection.answers.append(
            .init(type: .suback, packetIdentifier: packet.packetIdentifier, reasonCodes: codes))
    }

    /// [MQTT-3.3.1-9, -10, -11]; none for shared subscriptions (section 4.8.2).
    private func sendRetained(
        _ subscription: ReferenceSubscription, isNew: Bool, _ session: ReferenceSession,
        _ connection: ReferenceConnection
    ) {
        guard !subscription.filter.isShared else { return }
        switch subscription.options.retainHandling {
        case .sendAlways: break
        case .sendIfNew: guard isNew else { return }
        case .doNotSend: return
        }
        excuseRetained(of: subscription.filter.string, session)
        for message in retained
        where subscription.filter.matches(message.topic) && !message.isSurelyExpired(now) {
            let delivery = Delivery(
                message, .retained, qos: min(message.qos, subscription.options.qos), retain: [true],
                subscriptionIdentifiers: subscription.identifier.map { [$0] } ?? [])
            // The specification does not say whether No Local keeps a client's own retained messages away.
            if subscription.options.noLocal && message.publisher == session.clientIdentifier {
                delivery.isOptional = true
            }
            if contested.contains(message.topic) { delivery.isOptional = true }
            delivery.filter = subscription.filter.string
            owe(delivery, to: session)
        }
    }

    /// A subscription has ended, or is made anew: retained messages that were not sent for it yet need not be
    /// [MQTT-3.10.4-2].
    private func excuseRetained(of filter: MQTTString, _ session: ReferenceSession) {
        let seen = deliveries.lazy.filter {
            $0.stage != .waiting && $0.receiver == session.clientIdentifier
        }
        for delivery in session.waiting + seen where delivery.filter == filter { excuseRetained(delivery) }
    }

    func unsubscribed(_ packet: Unsubscribe, _ session: ReferenceSession, _ connection: ReferenceConnection) {
        var codes: [Set<UInt8>] = []
        for string in packet.topicFilters {
            let place = session.subscriptions.firstIndex { $0.filter.string == string }
            if let place {
                remember(session.subscriptions[place], of: session)
                session.subscriptions.remove(at: place)
                weakenClaims(of: string)
                excuseRetained(of: string, session)
            }
            codes.append([place == nil ? 0x11 : 0])
        }
        connection.answers.append(
            .init(
                type: .unsuback, packetIdentifier: packet.packetIdentifier,
                reasonCodes: connection.version == .v5 ? codes : []))
    }
}
