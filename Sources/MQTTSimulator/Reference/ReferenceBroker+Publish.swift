import MQTTCodec
import MQTTEngine
import NIOCore

/// PUBLISH, section 3.3: who is owed what.
extension ReferenceBroker {
    func published(_ publish: Publish, _ session: ReferenceSession, _ connection: ReferenceConnection) {
        var topic = publish.topicName
        if let alias = publish.properties.topicAlias {
            if topic.isEmpty {
                topic = connection.incomingAliases[alias] ?? topic
            } else {
                connection.incomingAliases[alias] = topic
            }
        }
        let isNew = publish.qos != .exactlyOnce || session.incoming.insert(publish.packetIdentifier).inserted
        lastPublish = Publication(
            connection: connection, packetIdentifier: publish.packetIdentifier, serial: messageCount,
            retainedBefore: retained)
        var found = true
        if isNew {
            found = route(
                topic, Array(publish.payload.readableBytesView), publish.qos, publish.retain,
                publish.properties,
                from: session.clientIdentifier)
        }
        guard publish.qos != .atMostOnce else { return }
        connection.answers.append(
            .init(
                type: publish.qos == .atLeastOnce ? .puback : .pubrec,
                packetIdentifier: publish.packetIdentifier,
                reasonCodes: [found ? [0] : [0, 0x10]]))
    }

    func route(_ will: Will, of clientIdentifier: MQTTString) {
        route(will.topic, will.payload, will.qos, will.retain, will.properties, from: clientIdentifier)
    }

    /// - Returns: whether any subscription matched.
    @discardableResult
    private func route(
        _ topic: MQTTString, _ payload: [UInt8], _ qos: QoS, _ retain: Bool, _ properties: Properties,
        from publisher: MQTTString
    ) -> Bool {
        messageCount += 1
        let message = Message(
            topic: topic, payload: payload, qos: qos, retain: retain, properties: properties,
            publisher: publisher,
            serial: messageCount, longestLife: configuration.limits.messageExpiryInterval, at: now)
        if retain {
            let isContested = concurrentlyRetained.map { $0.contains(topic) } ?? false
            concurrentlyRetained?.insert(topic)
            if isContested {
                contested.insert(topic)
            } else {
                contested.remove(topic)
                retained.removeAll { $0.topic == topic }
            }
            // Who was still to get the old one gets the new one as a live message.
            for delivery in deliveries where delivery.cause == .retained && delivery.message.topic == topic {
                excuseRetained(delivery)
            }
            if !payload.isEmpty { retained.append(message) }
        }
        var found = false
        for session in sessions {
            let matching = session.subscriptions.filter {
                !$0.filter.isShared && $0.filter.matches(topic)
                    && !($0.options.noLocal && session.clientIdentifier == publisher)
            }
            guard let granted = matching.map(\.options.qos).max() else { continue }
            found = true
            // One copy, at the highest QoS [MQTT-3.3.4-2], with all identifiers [MQTT-3.3.4-4]. What RETAIN
            // is if only some of them ask for it as published is not said.
            let delivery = Delivery(
                message, .live, qos: min(qos, granted),
                retain: Set(matching.map { $0.options.retainAsPublished && retain }),
                subscriptionIdentifiers: matching.compactMap(\.identifier))
            owe(delivery, to: session)
        }
        return claim(message) || found
    }

    func owe(_ delivery: Delivery, to session: ReferenceSession) {
        if delivery.qos == .atMostOnce {
            // Not kept for those who are away; late for those who come while publishers are held.
            guard session.connection != nil || holdsPublishers else { return }
            if holdsPublishers { delivery.isOptional = true }
        }
        if let connection = session.connection, connection.isTooLarge(delivery.message) {
            delivery.isOptional = true
        }
        session.waiting.append(delivery)
        deliveries.append(delivery)
    }

    /// The broker refused the last publish: nobody is owed anything [MQTT-4.3.3-9].
    func refused(_ clientIdentifier: MQTTString, _ reasonCode: ReasonCode) throws(Fault) {
        guard let last = lastPublish, last.connection.session?.clientIdentifier == clientIdentifier,
            configuration.onlineQueuePolicy == .rejectNewest
        else { throw Fault("a publish of \(clientIdentifier) was refused with \(reasonCode) for no reason") }
        lastPublish = nil
        retained = last.retainedBefore
        for session in sessions { session.waiting.removeAll { $0.message.serial > last.serial } }
        claims.removeAll { $0.message.serial > last.serial }
        last.connection.session?.incoming.remove(last.packetIdentifier)
        guard last.packetIdentifier != 0 else { return }
        let answer = last.connection.answers.removeLast()
        last.connection.answers.append(
            .init(
                type: answer.type, packetIdentifier: answer.packetIdentifier,
                reasonCodes: [[reasonCode.rawValue]]))
    }
}
