import MQTTCodec
import MQTTEngine
import NIOCore

enum DeliveryPaths {
    private static let topic = "house/kitchen/temperature"

    static func deliver(
        _ count: Int, _ qos: QoS, payload: Int = 64, isDurable: Bool = false, isAuthorized: Bool = false
    ) {
        var rig = Rig(Ports(authorizer: isAuthorized ? Everything() : nil), isDurable: isDurable)
        let subscriber = rig.subscriber("subscriber", topic, qos, isStored: isDurable)
        let publisher = rig.client("publisher")
        let bytes = ControlPacket.message(topic, qos, payload: payload, qos == .atMostOnce ? 0 : 7).bytes
        var answers = Answers()
        for number in 0..<count {
            rig.send(bytes, on: publisher)
            // The broker numbers what it sends from 1 on, and begins again behind 65,535.
            let identifier = UInt16(number % 65_535 + 1)
            switch qos {
            case .atMostOnce: break
            case .atLeastOnce: rig.send(answers.bytes(.puback, identifier), on: subscriber)
            case .exactlyOnce:
                rig.send(answers.bytes(.pubrel, 7), on: publisher)
                rig.send(answers.bytes(.pubrec, identifier), on: subscriber)
                rig.send(answers.bytes(.pubcomp, identifier), on: subscriber)
            }
        }
        require(rig.shard.counters.publishesSent.total == count, "every message is delivered")
        require(rig.shard.counters.inFlightMessages == 0, "every message is acknowledged")
    }

    /// QoS 1 under load, acknowledged in time: nothing is written, where `isStored`.
    static func deliverHeld(_ count: Int, isStored: Bool) {
        let burst = 200
        var rig = Rig(isDurable: isStored)
        let subscriber = rig.subscriber("subscriber", topic, .atLeastOnce, isStored: isStored)
        let publisher = rig.client("publisher")
        var bytes = ByteBuffer()
        for number in 1...burst {
            bytes.writeImmutableBuffer(
                ControlPacket.message(topic, .atLeastOnce, UInt16(number)).bytes)
        }
        var answer = Answers()
        for round in 0..<count / burst {
            rig.send(bytes, on: publisher)
            var answers = ByteBuffer()
            for number in round * burst..<(round + 1) * burst {
                answers.writeImmutableBuffer(answer.bytes(.puback, UInt16(number % 65_535 + 1)))
            }
            rig.send(answers, on: subscriber)
        }
        require(rig.shard.counters.publishesSent.total == count / burst * burst, "every message is delivered")
        require(rig.shard.counters.inFlightMessages == 0, "every message is acknowledged")
    }

    static func deliverTogether(_ count: Int) {
        var rig = Rig()
        _ = rig.subscriber("subscriber", topic, .atMostOnce)
        let publisher = rig.client("publisher")
        var bytes = ByteBuffer()
        for _ in 0..<20 { bytes.writeImmutableBuffer(ControlPacket.message(topic, .atMostOnce).bytes) }
        for _ in 0..<count / 20 { rig.send(bytes, on: publisher) }
        require(rig.shard.counters.publishesSent.total == count / 20 * 20, "every message is delivered")
    }

    static func fanOut(_ count: Int, _ qos: QoS) {
        var rig = Rig()
        let subscribers = (0..<100).map { number in "subscriber-\(number)" }
        var ids: [ConnectionID] = []
        for name in subscribers { ids.append(rig.subscriber(name, topic, qos)) }
        let publisher = rig.client("publisher")
        let bytes = ControlPacket.message(topic, qos, qos == .atMostOnce ? 0 : 7).bytes
        var answers = Answers()
        for number in 0..<count / 100 {
            rig.send(bytes, on: publisher)
            guard qos != .atMostOnce else { continue }
            let answer = answers.bytes(.puback, UInt16(number % 65_535 + 1))
            for id in ids { rig.send(answer, on: id) }
        }
        require(rig.shard.counters.publishesSent.total == count / 100 * 100, "every message is delivered")
        require(rig.shard.counters.inFlightMessages == 0, "every message is acknowledged")
    }

    static func shared(_ count: Int) {
        var rig = Rig()
        let members = 5
        var ids: [ConnectionID] = []
        for number in 0..<members {
            ids.append(rig.subscriber("member-\(number)", "$share/all/" + topic, .atLeastOnce))
        }
        let publisher = rig.client("publisher")
        let bytes = ControlPacket.message(topic, .atLeastOnce, 7).bytes
        var answers = Answers()
        for round in 0..<count / members {
            for _ in 0..<members { rig.send(bytes, on: publisher) }
            // Each has had one.
            let answer = answers.bytes(.puback, UInt16(round % 65_535 + 1))
            for id in ids { rig.send(answer, on: id) }
        }
        require(
            rig.shard.counters.publishesSent.total == count / members * members, "every message is delivered")
        require(rig.shard.counters.inFlightMessages == 0, "every message is acknowledged")
    }

    static func passOn(_ count: Int) {
        var here = Rig(place: ShardPlace(index: 0, of: 2, seed: 7))
        var there = Rig(place: ShardPlace(index: 1, of: 2, seed: 7))
        let publisher = here.open()
        here.send(.connect(Connect(clientIdentifier: "")), on: publisher)
        let subscriber = there.open()
        there.send(.connect(Connect(clientIdentifier: "")), on: subscriber)
        let entry = Subscribe.Entry(MQTTString(topic), SubscriptionOptions(qos: .atMostOnce))
        there.send(.subscribe(Subscribe(packetIdentifier: 1, [entry])), on: subscriber)
        if let batch = there.takeBatch() { here.takeFrom(1, batch) }
        let bytes = ControlPacket.message(topic, .atMostOnce).bytes
        for _ in 0..<count {
            here.send(bytes, on: publisher)
            if let batch = here.takeBatch() { there.takeFrom(0, batch) }
        }
        require(there.shard.counters.publishesSent.total == count, "every message is delivered")
    }
}

/// Acknowledgements, written into the same buffer again and again.
private struct Answers {
    private var buffer = ByteBuffer(bytes: [0, 2, 0, 0])

    mutating func bytes(_ type: PacketType, _ identifier: UInt16) -> ByteBuffer {
        buffer.setInteger(type.rawValue << 4 | (type == .pubrel ? 2 : 0), at: 0)
        buffer.setInteger(identifier, at: 2)
        return buffer
    }
}

private struct Everything: Authorizer {
    func decision(_ request: AccessRequest) -> AccessDecision { .allow }
}
