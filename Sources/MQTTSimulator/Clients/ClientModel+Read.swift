import MQTTCodec

/// What a client does with what it gets.
extension ClientModel {
    func read(_ packet: ControlPacket, _ delivery: Delivery?) throws(Fault) {
        switch packet {
        case .connack(let connack): connected(connack)
        case .publish(let publish): received(publish, delivery)
        case .acknowledgement(let packet): try acknowledged(packet)
        case .subscriptionAcknowledgement(let packet):
            guard requests.remove(packet.packetIdentifier) != nil else {
                throw Fault(
                    "\(identifier) never asked for \(ControlPacket.subscriptionAcknowledgement(packet).summary)"
                )
            }
        default: break
        }
    }

    private func connected(_ connack: Connack) {
        guard connack.reasonCode == .success else { return }
        isConnected = true
        serverReceiveMaximum = Int(connack.properties.receiveMaximum ?? 65_535)
        serverTopicAliasMaximum = connack.properties.topicAliasMaximum ?? 0
        // 3.1 has no Session Present: such a client has to know.
        let isPresent = version == .v3_1 ? link?.reference.isResumed == true : connack.sessionPresent
        guard isPresent else {
            outgoing = []
            incoming = []
            return
        }
        for sent in outgoing {
            if sent.isReleased {
                send(
                    .acknowledgement(
                        Acknowledgement(.pubrel, packetIdentifier: sent.publish.packetIdentifier)))
            } else {
                var publish = sent.publish
                publish.dup = true
                send(.publish(publish))
            }
        }
    }

    private func received(_ publish: Publish, _ delivery: Delivery?) {
        let identifier = publish.packetIdentifier
        guard publish.qos != .atMostOnce else {
            delivery?.receipts += 1
            return
        }
        let isNew = publish.qos == .atLeastOnce || !incoming.contains(identifier)
        let type: PacketType = publish.qos == .atLeastOnce ? .puback : .pubrec
        guard !isNew || !refuses() else {
            // Whatever the reason: the message is not sent again, to nobody [MQTT-4.4.0-2].
            return answer(type, identifier, .implementationSpecificError)
        }
        if isNew { delivery?.receipts += 1 }
        if publish.qos == .exactlyOnce { incoming.insert(identifier) }
        answer(type, identifier)
    }

    /// Now and then a message is not accepted, which only 5.0 can say.
    private func refuses() -> Bool {
        answered += 1
        return version == .v5 && answered % 16 == 0
    }

    private func answer(_ type: PacketType, _ identifier: UInt16, _ reasonCode: ReasonCode = .success) {
        acknowledgements.append(
            Acknowledgement(type, packetIdentifier: identifier, reasonCode: reasonCode))
        if habit == .atOnce { acknowledge() }
    }

    /// Sends the acknowledgements that it held back, or the first of them.
    func acknowledge(atMost limit: Int = .max) {
        for acknowledgement in acknowledgements.prefix(limit) { send(.acknowledgement(acknowledgement)) }
        acknowledgements.removeFirst(min(limit, acknowledgements.count))
    }

    private func acknowledged(_ packet: Acknowledgement) throws(Fault) {
        let number = packet.packetIdentifier
        if packet.type == .pubrel {
            incoming.remove(number)
            return answer(.pubcomp, number)
        }
        guard let place = outgoing.firstIndex(where: { $0.publish.packetIdentifier == number }) else {
            throw Fault("\(identifier) has sent nothing that \(packet.type) \(number) could answer")
        }
        if packet.type == .pubrec && !packet.reasonCode.isFailure {
            outgoing[place].isReleased = true
            send(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: number)))
        } else {
            outgoing.remove(at: place)
        }
    }
}
