import MQTTCodec
import MQTTEngine

/// Looks at every PUBLISH that the shard sends.
extension ReferenceBroker {
    func check(
        _ publish: Publish, _ session: ReferenceSession, _ connection: ReferenceConnection
    ) throws(Fault) -> Delivery {
        let name = "\(ControlPacket.publish(publish).summary) to \(session.clientIdentifier)"
        if let alias = publish.properties.topicAlias, alias > connection.topicAliasMaximum {
            throw Fault("\(name): the alias is above the maximum [MQTT-3.1.2-26]")
        }
        guard let topic = resolve(publish, connection) else { throw Fault("\(name): the alias is unknown") }
        if topic.bytes.starts(with: Array("$SYS/".utf8)) {
            return try systemMessage(publish, topic, name, session, connection)
        }
        let delivery: Delivery
        if publish.qos != .atMostOnce,
            let known = session.unanswered.first(where: { $0.packetIdentifier == publish.packetIdentifier })
        {
            delivery = known
            try checkResent(known, publish, topic, name, session, connection)
        } else {
            delivery = try checkFresh(publish, topic, name, session, connection)
            depart(delivery, publish, session, connection)
        }
        guard
            hasRightExpiry(publish, delivery, connection)
                || isOtherOfTwo(delivery, publish, topic, connection)
        else {
            let deadline = delivery.message.deadline.map { "\($0.milliseconds(since: now)) ms" } ?? "none"
            throw Fault("\(name): the expiry must be \(deadline) [MQTT-3.3.2-6]")
        }
        guard publish.qos != .atMostOnce else { return delivery }
        connection.outstanding.insert(publish.packetIdentifier)
        guard connection.outstanding.count <= connection.receiveMaximum else {
            throw Fault(
                "\(name): more than Receive Maximum \(connection.receiveMaximum) in flight [MQTT-3.3.4-9]")
        }
        return delivery
    }

    /// What the broker itself publishes cannot be foretold, but who may get it.
    private func systemMessage(
        _ publish: Publish, _ topic: MQTTString, _ name: String, _ session: ReferenceSession,
        _ connection: ReferenceConnection
    ) throws(Fault) -> Delivery {
        guard configuration.systemTopicInterval > 0, publish.qos == .atMostOnce,
            session.subscriptions.contains(where: { $0.filter.matches(topic) })
                || connection.hiddenSince != nil
        else { throw Fault("\(name) is owed to nobody") }
        messageCount += 1
        let message = Message(
            topic: topic, payload: [], qos: .atMostOnce, retain: true, properties: [], publisher: "",
            serial: messageCount, longestLife: 0, at: now)
        return Delivery(message, .live, qos: .atMostOnce, retain: [true, false], subscriptionIdentifiers: [])
    }

    func resolve(_ publish: Publish, _ connection: ReferenceConnection) -> MQTTString? {
        guard let alias = publish.properties.topicAlias else { return publish.topicName }
        if publish.topicName.isEmpty { return connection.outgoingAliases[alias] }
        connection.outgoingAliases[alias] = publish.topicName
        return publish.topicName
    }

    func depart(
        _ delivery: Delivery, _ publish: Publish, _ session: ReferenceSession,
        _ connection: ReferenceConnection
    ) {
        delivery.connection = connection
        delivery.receiver = session.clientIdentifier
        delivery.hidesProperties = connection.version != .v5
        if delivery.possibleSerials.isEmpty {
            let topic = delivery.message.topic
            delivery.possibleSerials = Set(
                claims.lazy.filter { $0.message.topic == topic }.map(\.message.serial))
        }
        delivery.packetIdentifier = publish.packetIdentifier
        delivery.seenRetain = publish.retain
        delivery.writtenSince = connection.hiddenSince ?? now
        delivery.stage = publish.qos == .atMostOnce ? .done : .sent
        // Seen after the client's next connection began, which may not take it.
        if session.connection?.isTooLarge(delivery.message) == true { delivery.isOptional = true }
        if publish.qos != .atMostOnce { session.inFlight.append(delivery) }
    }

    /// A packet identifier in use is a resend, or a fault.
    private func checkResent(
        _ delivery: Delivery, _ publish: Publish, _ topic: MQTTString, _ name: String,
        _ session: ReferenceSession,
        _ connection: ReferenceConnection
    ) throws(Fault) {
        guard delivery.stage == .sent else { throw Fault("\(name): PUBREC came for it [MQTT-4.3.3-6]") }
        guard delivery.connection !== connection else {
            throw Fault(
                "\(name): the packet identifier is in use, or it was resent too early [MQTT-2.2.1-4, 4.4.0-1]"
            )
        }
        guard delivery.isSame(as: publish, topic: topic, connection.version) else {
            throw Fault("\(name): the packet identifier is in use by \(delivery) [MQTT-2.2.1-4]")
        }
        guard publish.dup else { throw Fault("\(name): resent without DUP [MQTT-3.3.1-1]") }
        let first = session.inFlight.first { $0.connection !== connection && !$0.isOptional }
        guard first == nil || first === delivery || delivery.isOptional else {
            throw Fault("\(name): resent ahead of \(first.map(\.description) ?? "") [MQTT-4.6.0-1]")
        }
        delivery.connection = connection
    }

    private func checkFresh(
        _ publish: Publish, _ topic: MQTTString, _ name: String, _ session: ReferenceSession,
        _ connection: ReferenceConnection
    ) throws(Fault) -> Delivery {
        let delivery: Delivery
        let place = place(of: publish, topic, session, connection)
        // One that has expired or would overtake another is only meant if no copy for a group can be.
        let isMeant =
            place.map {
                (!publish.dup || session.waiting[$0].mayHaveBeenSent)
                    && hasRightExpiry(publish, session.waiting[$0], connection)
                    && isAlive(session.waiting[$0], connection, isResent: publish.dup)
                    && !session.waiting[$0].isPassedOver
                    && predecessors(of: $0, session).isEmpty
            } ?? false
        if !isMeant, let claimed = claimed(by: session, publish, topic: topic, connection) {
            delivery = claimed
        } else if let place {
            delivery = session.waiting[place]
            for earlier in predecessors(of: place, session) {
                guard dropsOldest else { throw Fault("\(name) overtakes \(earlier) [MQTT-4.6.0-6]") }
                earlier.isPassedOver = true
            }
            guard !delivery.isPassedOver else {
                throw Fault("\(name) comes after its successor [MQTT-4.6.0-6]")
            }
            session.waiting.remove(at: place)
            if delivery.isOptional || delivery.message.mayBeExpired(now) { spares.append(delivery) }
        } else if let exchanged = exchanged(publish, topic: topic, session) {
            delivery = exchanged
        } else {
            let near = session.waiting.filter { $0.message.topic == topic }.map(\.description)
            throw Fault("\(name) is owed to nobody; on this topic is owed: \(near)")
        }
        let maySee = delivery.claim == nil ? delivery.mayHaveBeenSent : session.mayHaveMissed
        if publish.dup && !maySee {
            throw Fault("\(name): DUP on a first delivery [MQTT-3.3.1-1, -3]")
        }
        if !isAlive(delivery, connection, isResent: true) && !publish.dup
            && !isOlder(delivery, connection)
        {
            throw Fault("\(name) has expired [MQTT-3.3.2-5]")
        }
        let unsent = session.inFlight.first { $0.connection !== connection && !$0.isOptional }
        if let unsent, publish.qos != .atMostOnce, !publish.dup {
            throw Fault("\(name) goes ahead of a resend: \(unsent) [MQTT-4.6.0-1]")
        }
        return delivery
    }

    /// What seems to have expired is of a message that was sent twice, and its first PUBLISH, which was not seen until it
    /// had been put down to the later one, is that of the older. Then they change places.
    private func isOlder(_ delivery: Delivery, _ connection: ReferenceConnection) -> Bool {
        for other in deliveries where other.connection === connection && other.isLike(delivery) {
            guard let writtenSince = other.writtenSince, !delivery.message.isSurelyExpired(writtenSince),
                !other.message.isSurelyExpired(connection.hiddenSince ?? now)
            else { continue }
            (other.message, delivery.message) = (delivery.message, other.message)
            return true
        }
        return false
    }

    /// What does not say what is left of its message is of the same message, sent twice, and the PUBLISH that was put down
    /// to the other one is of this.
    private func isOtherOfTwo(
        _ delivery: Delivery, _ publish: Publish, _ topic: MQTTString, _ connection: ReferenceConnection
    ) -> Bool {
        for other in deliveries
        where other !== delivery && other.connection === connection && other.stage != .waiting
            && other.isSame(as: publish, topic: topic, connection.version)
        {
            (other.message, delivery.message) = (delivery.message, other.message)
            if hasRightExpiry(publish, delivery, connection) { return true }
            (other.message, delivery.message) = (delivery.message, other.message)
        }
        return false
    }
}
