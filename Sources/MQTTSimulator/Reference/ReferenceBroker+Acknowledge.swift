import MQTTCodec
import MQTTEngine

/// Acknowledgements that come from clients, section 4.3.
extension ReferenceBroker {
    func acknowledged(
        _ packet: Acknowledgement, _ session: ReferenceSession, _ connection: ReferenceConnection
    ) {
        let identifier = packet.packetIdentifier
        let delivery = session.unanswered.first { $0.packetIdentifier == identifier }
        switch packet.type {
        case .puback:
            guard let delivery, delivery.qos == .atLeastOnce else { return }
            finish(delivery, session, connection)
        case .pubrec:
            guard let delivery, delivery.qos == .exactlyOnce else {
                return connection.answers.append(
                    .init(type: .pubrel, packetIdentifier: identifier, reasonCodes: [[0x92]]))
            }
            if packet.reasonCode.isFailure { return finish(delivery, session, connection) }
            if delivery.stage == .sent {
                delivery.stage = .released
                session.inFlight.removeAll { $0 === delivery }
                session.released.append(delivery)
            }
            connection.answers.append(.init(type: .pubrel, packetIdentifier: identifier, reasonCodes: [[0]]))
        case .pubcomp:
            guard let delivery, delivery.stage == .released else { return }
            finish(delivery, session, connection)
        default:
            let isKnown = session.incoming.remove(identifier) != nil
            connection.answers.append(
                .init(type: .pubcomp, packetIdentifier: identifier, reasonCodes: [[isKnown ? 0 : 0x92]]))
        }
    }

    private func finish(_ delivery: Delivery, _ session: ReferenceSession, _ connection: ReferenceConnection)
    {
        delivery.stage = .done
        session.inFlight.removeAll { $0 === delivery }
        session.released.removeAll { $0 === delivery }
        connection.outstanding.remove(delivery.packetIdentifier)
    }
}
