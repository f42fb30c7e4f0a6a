import MQTTCodec
import MQTTEngine
import NIOCore

/// Looks at every packet that the shard sends.
extension ReferenceBroker {
    /// - Returns: for a PUBLISH, the delivery that it is.
    func sent(_ packet: ControlPacket, on connection: ReferenceConnection) throws(Fault) -> Delivery? {
        guard !connection.isOutlaw else { return nil }
        if connection.stage == .ended { return try sentLate(packet, connection) }
        guard let session = connection.session else {
            throw Fault("\(packet.summary) on connection \(connection.serial) without a CONNECT")
        }
        try checkSize(packet, connection)
        if case .connack(let connack) = packet {
            try check(connack, connection)
            return nil
        }
        guard connection.wasAnswered else { throw Fault("\(packet.summary) before CONNACK [MQTT-3.2.0-1]") }
        switch packet {
        case .publish(let publish): return try check(publish, session, connection)
        case .acknowledgement(let packet):
            try checkAnswer(packet.type, packet.packetIdentifier, [packet.reasonCode], connection)
        case .subscriptionAcknowledgement(let packet):
            try checkAnswer(packet.type, packet.packetIdentifier, packet.reasonCodes, connection)
        case .pingresp: try checkAnswer(.pingresp, 0, [], connection)
        case .disconnect(let packet):
            guard connection.version == .v5 else { throw Fault("DISCONNECT to a 3.x client") }
            let life = Int64(connection.keepAlive) * 1500
            let isIdle = life > 0 && now.milliseconds(since: connection.lastPacket) >= life
            guard connection.mayBeClosed || isIdle && packet.reasonCode == .keepAliveTimeout else {
                throw Fault("DISCONNECT \(packet.reasonCode) for no reason")
            }
        default: throw Fault("a server must not send \(packet.summary)")
        }
        return nil
    }

    /// What was on its way when the connection ended.
    private func sentLate(_ packet: ControlPacket, _ connection: ReferenceConnection) throws(Fault)
        -> Delivery?
    {
        if case .disconnect(let packet) = packet {
            guard connection.version == .v5 else { throw Fault("DISCONNECT to a 3.x client") }
            if let reason = connection.expectedReason, packet.reasonCode != reason {
                throw Fault("DISCONNECT \(packet.reasonCode) instead of \(reason)")
            }
        }
        if case .connack(let packet) = packet, packet.reasonCode == .success, connection.session == nil {
            throw Fault("a client that was refused is told that it was not")
        }
        guard case .publish(let publish) = packet, let session = connection.session,
            let topic = resolve(publish, connection)
        else { return nil }
        func isIt(_ delivery: Delivery) -> Bool {
            delivery.isSame(as: publish, topic: topic, connection.version)
        }
        let known = session.unanswered.first { $0.packetIdentifier == publish.packetIdentifier }
        if let known, publish.qos != .atMostOnce, isIt(known) { return known }
        if let place = connection.abandoned.firstIndex(where: isIt) {
            return connection.abandoned.remove(at: place)
        }
        var delivery: Delivery?
        // Of two alike the one that is owed.
        let owed = session.waiting.firstIndex { !$0.isOptional && isIt($0) }
        if let place = owed ?? session.waiting.firstIndex(where: isIt) {
            delivery = session.waiting.remove(at: place)
        } else if publish.qos == .atLeastOnce && !sessions.contains(where: { $0 === session }) {
            // Its session has ended, and the message has gone back to its group.
            return nil
        } else {
            delivery = claimed(by: session, publish, topic: topic, connection)
        }
        if let delivery { depart(delivery, publish, session, connection) }
        return delivery
    }

    private func checkSize(_ packet: ControlPacket, _ connection: ReferenceConnection) throws(Fault) {
        guard let maximum = connection.maximumPacketSize else { return }
        var buffer = ByteBuffer()
        packet.encode(into: &buffer, version: connection.version)
        guard buffer.readableBytes <= Int(maximum) else {
            throw Fault("\(packet.summary) is larger than Maximum Packet Size \(maximum) [MQTT-3.1.2-24]")
        }
    }

    private func check(_ connack: Connack, _ connection: ReferenceConnection) throws(Fault) {
        guard !connection.wasAnswered else { throw Fault("a second CONNACK [MQTT-3.2.0-2]") }
        connection.wasAnswered = true
        guard connack.reasonCode == .success else {
            throw Fault("CONNECT was refused with \(connack.reasonCode)")
        }
        let isPresent = connection.isResumed && connection.version != .v3_1
        guard connack.sessionPresent == isPresent else {
            throw Fault("Session Present is \(connack.sessionPresent), and must not be [MQTT-3.2.2-2, -3]")
        }
        guard connection.version == .v5 else { return }
        let properties = connack.properties
        let assigned = properties.assignedClientIdentifier
        guard assigned == (connection.isNameless ? connection.session?.clientIdentifier : nil) else {
            throw Fault("the assigned client identifier is \(String(describing: assigned)) [MQTT-3.2.2-16]")
        }
        let offer = configuration.offer
        guard properties.receiveMaximum ?? 65_535 == offer.receiveMaximum,
            properties.topicAliasMaximum ?? 0 == offer.topicAliasMaximum
        else { throw Fault("CONNACK does not offer what the configuration does") }
    }

    private func checkAnswer(
        _ type: PacketType, _ identifier: UInt16, _ codes: [ReasonCode], _ connection: ReferenceConnection
    ) throws(Fault) {
        let name = "\(type) \(identifier) with \(codes) on connection \(connection.serial)"
        guard let place = connection.answers.firstIndex(where: { $0.type == type }) else {
            throw Fault("\(name) answers nothing")
        }
        let answer = connection.answers.remove(at: place)
        guard answer.packetIdentifier == identifier else {
            throw Fault(
                "\(name) is out of order: \(answer.packetIdentifier) comes first [MQTT-4.6.0-2, -3, -4]")
        }
        // Before 5.0 only SUBACK has codes; unknown identifiers get the plain answer.
        guard connection.version == .v5 || type == .suback else { return }
        guard answer.reasonCodes.count == codes.count,
            zip(answer.reasonCodes, codes).allSatisfy({ $0.contains($1.rawValue) })
        else { throw Fault("\(name) must have \(answer.reasonCodes.map { $0.sorted() })") }
    }
}
