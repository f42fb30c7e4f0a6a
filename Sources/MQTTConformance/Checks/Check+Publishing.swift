import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    static let publishing: [Check] = {
        var group = CheckGroup("PUBLISH")
        for qos in QoS.allCases {
            group.check(
                "QoS \(qos.rawValue) is fulfilled from end to end", ["MQTT-4.3.\(qos.rawValue + 1)-1"], .both
            ) {
                trial in
                let peer = try await trial.client()
                try await peer.subscribe(trial.topic("t"), qos: qos)
                peer.send(
                    .publish(
                        Publish(
                            topicName: MQTTString(trial.topic("t")), payload: ByteBuffer(string: "x"),
                            qos: qos,
                            packetIdentifier: qos == .atMostOnce ? 0 : 77)))
                var isAnswered = qos == .atMostOnce
                var message: Publish?
                while !isAnswered || message == nil {
                    switch try await peer.packet() {
                    case .publish(let packet): message = packet
                    case .acknowledgement(let packet) where packet.type == .puback: isAnswered = true
                    case .acknowledgement(let packet) where packet.type == .pubrec: peer.send(.pubrel, 77)
                    case .acknowledgement(let packet) where packet.type == .pubcomp: isAnswered = true
                    case let packet: throw CheckFailure("\(packet.words) came")
                    }
                }
                try require(message?.qos == qos, "the message came at another QoS")
                try require(message?.dup == false, "DUP is set on the first delivery [MQTT-3.3.1-1]")
                try require(
                    (message?.packetIdentifier ?? 0 != 0) == (qos != .atMostOnce),
                    "its packet identifier is not right [MQTT-2.2.1-4]")
            }
        }
        group.check("The QoS of a delivery is the smaller of both", ["MQTT-3.8.4-8"], .both) { trial in
            let peer = try await trial.client("r")
            let writer = try await trial.client("w")
            for (granted, sent) in [
                (QoS.atMostOnce, QoS.exactlyOnce), (.atLeastOnce, .exactlyOnce), (.exactlyOnce, .atLeastOnce),
            ] {
                try await peer.subscribe(trial.topic("t"), qos: granted)
                try await writer.publish(trial.topic("t"), qos: sent)
                let message = try await peer.message()
                try require(message.qos == min(granted, sent), "it came at QoS \(message.qos.rawValue)")
            }
        }
        group.check("A message sent twice at QoS 2 arrives once", ["MQTT-4.3.3-10"], .both) { trial in
            let reader = try await trial.client("r")
            let writer = try await trial.client("w")
            try await reader.subscribe(trial.topic("t"), qos: .exactlyOnce)
            var packet = Publish(
                topicName: MQTTString(trial.topic("t")), payload: ByteBuffer(string: "once"),
                qos: .exactlyOnce,
                packetIdentifier: 5)
            writer.send(.publish(packet))
            try await writer.answer(.pubrec, 5)
            packet.dup = true
            writer.send(.publish(packet))
            try await writer.answer(.pubrec, 5)
            writer.send(.pubrel, 5)
            try await writer.answer(.pubcomp, 5)
            try await writer.publish(trial.topic("t"), "end", qos: .exactlyOnce)
            try await reader.expect("once")
            try await reader.expect("end")
        }
        group.check("PUBREL is answered even when its message is not known", ["MQTT-4.3.3-11"]) { trial in
            let peer = try await trial.client()
            peer.send(.pubrel, 99)
            let code = try await peer.answer(.pubcomp, 99)
            try require(code == .packetIdentifierNotFound, "the code was \(code)")
        }
        group.check("Messages of a topic keep their order", ["MQTT-4.6.0-5", "MQTT-4.6.0-6"], .both) {
            trial in
            let reader = try await trial.client("r")
            let writer = try await trial.client("w")
            try await reader.subscribe(trial.topic("t"), qos: .atLeastOnce)
            for number in 0..<50 { try await writer.publish(trial.topic("t"), "\(number)") }
            for number in 0..<50 { try await reader.expect("\(number)") }
        }
        group.check("An empty message, and one of 100 kilobytes", ["section 3.3.3"], .both) { trial in
            let peer = try await trial.client()
            try await peer.subscribe(trial.topic("t"), qos: .atMostOnce)
            let large = String(repeating: "x", count: 100_000)
            for text in ["", large] {
                try await peer.publish(trial.topic("t"), text, qos: .atMostOnce)
                try await peer.expect(text)
            }
        }
        group.check(
            "PUBACK and PUBREC come in the order of the messages", ["MQTT-4.6.0-2", "MQTT-4.6.0-3"], .both
        ) { trial in
            let peer = try await trial.client()
            for number: UInt16 in 1...20 {
                peer.send(
                    .publish(
                        Publish(
                            topicName: MQTTString(trial.topic("t")),
                            qos: number % 2 == 0 ? .atLeastOnce : .exactlyOnce,
                            packetIdentifier: number)))
            }
            var last: [PacketType: UInt16] = [:]
            for _ in 1...20 {
                guard case .acknowledgement(let answer) = try await peer.packet() else {
                    throw CheckFailure("something else came")
                }
                try require(
                    answer.packetIdentifier > last[answer.type] ?? 0, "\(answer.packetIdentifier) came late")
                last[answer.type] = answer.packetIdentifier
            }
        }
        group.check("Topics are compared byte by byte", ["MQTT-4.7.3-4"], .both) { trial in
            let peer = try await trial.client()
            try await peer.subscribe(trial.topic("A\u{030A}/é"), qos: .atMostOnce)
            try await peer.publish(trial.topic("Å/é"), "composed", qos: .atMostOnce)
            try await peer.publish(trial.topic("a\u{030A}/é"), "lower", qos: .atMostOnce)
            try await peer.publish(trial.topic("A\u{030A}/é"), "same", qos: .atMostOnce)
            try await peer.expect("same")
        }
        return group.checks
    }()
}
