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
        try checkExpiry(publish, delivery, name)
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
        delivery.packetIdentifier = publish.packetIdentifier
        delivery.stage = publish.qos == .atMostOnce ? .done : .sent
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
        // One that has expired is only meant if no other can be.
        let isMeant = place.map { isAlive(session.waiting[$0], connection) } ?? false
        if !isMeant, let claimed = claimed(by: session, publish, topic: topic, connection.version) {
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
        } else {
            let near = session.waiting.filter { $0.message.topic == topic }.map(\.description)
            throw Fault("\(name) is owed to nobody; on this topic is owed: \(near)")
        }
        let maySee = delivery.claim == nil ? delivery.mayHaveBeenSent : session.mayHaveMissed
        if publish.dup && !maySee {
            throw Fault("\(name): DUP on a first delivery [MQTT-3.3.1-1, -3]")
        }
        if !isAlive(delivery, connection) && !publish.dup {
            throw Fault("\(name) has expired [MQTT-3.3.2-5]")
        }
        let unsent = session.inFlight.first { $0.connection !== connection && !$0.isOptional }
        if let unsent, publish.qos != .atMostOnce, !publish.dup {
            throw Fault("\(name) goes ahead of a resend: \(unsent) [MQTT-4.6.0-1]")
        }
        return delivery
    }

    /// Where a PUBLISH stands among what a session is owed. Of several that look alike the one that is owed,
    /// has not expired and overtakes nothing: the others may never come.
    private func place(
        of publish: Publish, _ topic: MQTTString, _ session: ReferenceSession,
        _ connection: ReferenceConnection
    ) -> Int? {
        let places = session.waiting.indices.filter {
            session.waiting[$0].isSame(as: publish, topic: topic, connection.version)
        }
        guard places.count > 1 else { return places.first }
        let likely = places.first { place in
            let delivery = session.waiting[place]
            return !delivery.isOptional && !delivery.message.mayBeExpired(now)
                && predecessors(of: place, session).isEmpty
        }
        return likely ?? places.first { !session.waiting[$0].message.isSurelyExpired(now) } ?? places.first
    }

    /// Whether it may be sent: it has not expired, or began to be sent before.
    private func isAlive(_ delivery: Delivery, _ connection: ReferenceConnection) -> Bool {
        delivery.mayHaveBeenSent || !delivery.message.isSurelyExpired(connection.hiddenSince ?? now)
    }

    /// What must be sent before it.
    private func predecessors(of place: Int, _ session: ReferenceSession) -> [Delivery] {
        session.waiting[..<place].filter {
            $0.isOrderedWith(session.waiting[place]) && !$0.isOptional && !$0.message.mayBeExpired(now)
        }
    }

    /// What is left of the Message Expiry Interval [MQTT-3.3.2-6].
    private func checkExpiry(_ publish: Publish, _ delivery: Delivery, _ name: String) throws(Fault) {
        let interval = publish.properties.messageExpiryInterval
        guard let deadline = delivery.message.deadline, delivery.connection?.version == .v5 else {
            guard interval == nil else { throw Fault("\(name): it had no expiry") }
            return
        }
        let rest = deadline.milliseconds(since: now)
        let restBefore = deadline.milliseconds(since: delivery.connection?.hiddenSince ?? now)
        let given = Int64(interval ?? 0) * 1000
        guard interval != nil else { throw Fault("\(name): the expiry is missing [MQTT-3.3.2-6]") }
        guard delivery.mayHaveBeenSent || publish.dup || rest - 1000 <= given && given <= restBefore + 1000
        else {
            throw Fault("\(name): the expiry must be about \(rest) ms [MQTT-3.3.2-6]")
        }
    }
}
