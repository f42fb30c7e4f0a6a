import MQTTCodec

/// Everywhere that properties can stand, and a packet around them.
public enum PropertyPlace: CaseIterable, Sendable {
    case connect, will, connack, publish, puback, pubrec, pubrel, pubcomp, subscribe, suback, unsubscribe,
        unsuback
    case disconnect, auth

    /// A packet of 5.0 that holds these bytes as its properties, behind their length.
    func frame(_ list: Wire) -> Wire {
        let properties: Wire = .properties(list)
        switch self {
        case .connect: return .packet(0x10, "00 04 'MQTT' 05 02 00 00" + properties + "00 01 'c'")
        case .will:
            return .packet(0x10, "00 04 'MQTT' 05 06 00 00 00 00 01 'c'" + properties + "00 01 't' 00 00")
        case .connack: return .packet(0x20, "00 00" + properties)
        case .publish: return .packet(0x30, "00 01 't'" + properties)
        // The codes are not those of success, which could be left out with the properties.
        case .puback: return .packet(0x40, "00 01 97" + properties)
        case .pubrec: return .packet(0x50, "00 01 97" + properties)
        case .pubrel: return .packet(0x62, "00 01 92" + properties)
        case .pubcomp: return .packet(0x70, "00 01 92" + properties)
        case .subscribe: return .packet(0x82, "00 01" + properties + "00 01 't' 00")
        case .suback: return .packet(0x90, "00 01" + properties + "00")
        case .unsubscribe: return .packet(0xA2, "00 01" + properties + "00 01 't'")
        case .unsuback: return .packet(0xB0, "00 01" + properties + "00")
        case .disconnect: return .packet(0xE0, "80" + properties)
        case .auth: return .packet(0xF0, "18" + properties)
        }
    }

    /// What ``frame(_:)`` says.
    func packet(_ properties: Properties) -> ControlPacket {
        let refused = ReasonCode.quotaExceeded
        let unknown = ReasonCode.packetIdentifierNotFound
        switch self {
        case .connect: return .connect(Connect(clientIdentifier: "c", properties: properties))
        case .will:
            return .connect(Connect(clientIdentifier: "c", will: Will(topic: "t", properties: properties)))
        case .connack: return .connack(Connack(properties: properties))
        case .publish: return .publish(Publish(topicName: "t", properties: properties))
        case .puback: return acknowledgement(.puback, refused, properties)
        case .pubrec: return acknowledgement(.pubrec, refused, properties)
        case .pubrel: return acknowledgement(.pubrel, unknown, properties)
        case .pubcomp: return acknowledgement(.pubcomp, unknown, properties)
        case .subscribe:
            return .subscribe(Subscribe(packetIdentifier: 1, [.init("t")], properties: properties))
        case .suback: return subscriptionAcknowledgement(.suback, properties)
        case .unsubscribe:
            return .unsubscribe(Unsubscribe(packetIdentifier: 1, ["t"], properties: properties))
        case .unsuback: return subscriptionAcknowledgement(.unsuback, properties)
        case .disconnect:
            return .disconnect(Disconnect(reasonCode: .unspecifiedError, properties: properties))
        case .auth: return .auth(Auth(reasonCode: .continueAuthentication, properties: properties))
        }
    }

    private func acknowledgement(
        _ type: PacketType, _ code: ReasonCode, _ properties: Properties
    ) -> ControlPacket {
        .acknowledgement(Acknowledgement(type, packetIdentifier: 1, reasonCode: code, properties: properties))
    }

    private func subscriptionAcknowledgement(_ type: PacketType, _ properties: Properties) -> ControlPacket {
        .subscriptionAcknowledgement(
            SubscriptionAcknowledgement(type, packetIdentifier: 1, [.success], properties: properties))
    }
}
