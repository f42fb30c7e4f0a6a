import MQTTCodec
import NIOCore

/// Commits its ``Sabotage`` once in a round, at the first chance after some packets.
struct Saboteur {
    let sabotage: Sabotage
    /// Chances that it lets pass.
    var patience: Int
    private(set) var hasStruck = false

    init(_ sabotage: Sabotage, patience: Int) {
        self.sabotage = sabotage
        self.patience = patience
    }

    /// What becomes of a packet on the way out.
    mutating func meddle(with packet: ControlPacket, on connection: ReferenceConnection) -> [ControlPacket] {
        guard sabotage != .none, !hasStruck, !connection.isOutlaw, let result = changed(packet, connection),
            result != [packet]
        else { return [packet] }
        if patience > 0 {
            patience -= 1
            return [packet]
        }
        hasStruck = true
        return result
    }

    private func changed(_ packet: ControlPacket, _ connection: ReferenceConnection) -> [ControlPacket]? {
        switch packet {
        case .publish(let publish): return changed(publish, connection)
        case .acknowledgement(var acknowledgement):
            switch sabotage {
            case .dropAcknowledgement: return []
            case .changePacketIdentifier:
                acknowledgement.packetIdentifier ^= 0x4000
                return [.acknowledgement(acknowledgement)]
            default: return nil
            }
        case .connack(var connack) where sabotage == .flipSessionPresent && connection.version != .v3_1:
            connack.sessionPresent.toggle()
            return [.connack(connack)]
        default: return nil
        }
    }

    private func changed(_ original: Publish, _ connection: ReferenceConnection) -> [ControlPacket]? {
        var publish = original
        let isWill = String(buffer: publish.payload).hasPrefix("will")
        switch sabotage {
        case .dropPublish where publish.qos != .atMostOnce && !isWill: return []
        case .dropWill where isWill && publish.qos != .atMostOnce: return []
        case .dropRetained where publish.retain && publish.qos != .atMostOnce: return []
        case .duplicateAtQoS0 where publish.qos == .atMostOnce,
            .duplicateAtQoS2 where publish.qos == .exactlyOnce:
            return [.publish(publish), .publish(publish)]
        case .duplicateWithNewIdentifier where publish.qos == .atLeastOnce:
            publish.packetIdentifier ^= 0x4000
            return [.publish(original), .publish(publish)]
        case .clearDup where publish.dup: publish.dup = false
        case .setDup where publish.qos != .atMostOnce && !publish.dup: publish.dup = true
        case .lowerQoS where publish.qos == .exactlyOnce: publish.qos = .atLeastOnce
        case .flipRetain: publish.retain.toggle()
        case .dropSubscriptionIdentifier where !publish.properties.subscriptionIdentifiers.isEmpty:
            publish.properties.list.removeAll { $0.identifier == .subscriptionIdentifier }
        case .changePayload: publish.payload.writeString("!")
        case .changeProperty where publish.properties.contentType != nil:
            publish.properties.contentType = "changed"
        case .addRetained where publish.retain && publish.qos == .atMostOnce:
            publish.payload = ByteBuffer(string: "stale")
            return [.publish(original), .publish(publish)]
        default: return nil
        }
        return [.publish(publish)]
    }

    /// Changes the places of the first two messages in a batch that must keep their order.
    mutating func shuffle(_ batch: [ControlPacket], on connection: ReferenceConnection) -> [ControlPacket] {
        // Copies for groups have no order.
        guard sabotage == .swapPublishes, !hasStruck, !connection.isOutlaw, let session = connection.session,
            !session.subscriptions.contains(where: \.filter.isShared)
        else { return batch }
        for (place, packet) in batch.enumerated() {
            guard case .publish(let first) = packet, !first.retain, !first.dup,
                first.properties.topicAlias == nil
            else { continue }
            for later in batch.indices[(place + 1)...] {
                guard case .publish(let second) = batch[later], second.properties.topicAlias == nil,
                    haveOrder(first, second, session, connection.version)
                else { continue }
                hasStruck = true
                var result = batch
                result.swapAt(place, later)
                return result
            }
        }
        return batch
    }

    private func haveOrder(
        _ first: Publish, _ second: Publish, _ session: ReferenceSession, _ version: ProtocolVersion
    ) -> Bool {
        let deliveries = [first, second].map { publish in
            session.waiting.first { $0.isSame(as: publish, topic: publish.topicName, version) }
        }
        guard let one = deliveries[0], let other = deliveries[1], one !== other else { return false }
        return one.isOrderedWith(other) && !one.isOptional && !other.isOptional && one.message.deadline == nil
    }
}
