import MQTTCodec
import Testing

/// What a server must keep to on every connection, whatever the test is about.
struct ServerRules {
    private var maximumPacketSize = Int.max
    private var receiveMaximum = 65_535
    private var topicAliasMaximum: UInt16 = 0
    private var aliases: Set<UInt16> = []
    private var unacknowledged: Set<UInt16> = []
    private var hasConnack = false
    private var hasDisconnect = false

    mutating func sent(_ packet: ControlPacket) {
        switch packet {
        case .connect(let connect) where !hasConnack:
            maximumPacketSize = connect.properties.maximumPacketSize.map { Int($0) } ?? Int.max
            receiveMaximum = connect.properties.receiveMaximum.map { Int($0) } ?? 65_535
            topicAliasMaximum = connect.properties.topicAliasMaximum ?? 0
        case .acknowledgement(let acknowledgement):
            switch acknowledgement.type {
            case .puback, .pubcomp: unacknowledged.remove(acknowledgement.packetIdentifier)
            case .pubrec where acknowledgement.reasonCode.isFailure:
                unacknowledged.remove(acknowledgement.packetIdentifier)
            default: break
            }
        default: break
        }
    }

    mutating func received(_ packet: ControlPacket, size: Int, _ client: MQTTString) {
        require(size <= maximumPacketSize, "[MQTT-3.1.2-24] \(client): \(size) bytes")
        require(!hasDisconnect, "[MQTT-3.14.4-1] \(client): \(packet) after DISCONNECT")
        switch packet {
        case .connack(let connack):
            require(!hasConnack, "[MQTT-3.2.0-2] \(client): a second CONNACK")
            require(!connack.sessionPresent || connack.reasonCode == .success, "[MQTT-3.2.2-6] \(client)")
            hasConnack = true
        case .auth: break
        case .disconnect(let disconnect):
            require(hasConnack, "[MQTT-3.14.0-1] \(client): DISCONNECT before CONNACK")
            require(disconnect.properties.sessionExpiryInterval == nil, "[MQTT-3.14.2-2] \(client)")
            hasDisconnect = true
        case .publish(let publish):
            require(hasConnack, "[MQTT-3.2.0-1] \(client): PUBLISH before CONNACK")
            received(publish, client)
        case .acknowledgement(let pubrel) where pubrel.type == .pubrel && !pubrel.reasonCode.isFailure:
            unacknowledged.insert(pubrel.packetIdentifier)
        default:
            require(hasConnack, "[MQTT-3.2.0-1] \(client): \(packet) before CONNACK")
        }
    }

    /// Cheaper than `#expect`, which would be evaluated a million times.
    private func require(_ condition: Bool, _ comment: @autoclosure () -> String) {
        if !condition { Issue.record(Comment(rawValue: comment())) }
    }

    private mutating func received(_ publish: Publish, _ client: MQTTString) {
        if publish.qos > .atMostOnce {
            let isNew = unacknowledged.insert(publish.packetIdentifier).inserted
            require(
                isNew, "[MQTT-2.2.1-4] \(client): packet identifier \(publish.packetIdentifier) is in use")
            require(unacknowledged.count <= receiveMaximum, "[MQTT-3.3.4-9] \(client)")
        }
        guard let alias = publish.properties.topicAlias else { return }
        require(alias <= topicAliasMaximum, "[MQTT-3.1.2-26] \(client): topic alias \(alias)")
        if publish.topicName.isEmpty {
            require(aliases.contains(alias), "[MQTT-3.3.2-7] \(client): topic alias \(alias) was never set")
        }
        aliases.insert(alias)
    }
}
