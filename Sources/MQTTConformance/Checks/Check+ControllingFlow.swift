import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    static let controllingFlow: [Check] = {
        var group = CheckGroup("Flow control and topic aliases")
        group.check("No more than the Receive Maximum are on their way", ["MQTT-3.3.4-9"]) { trial in
            let reader = try await trial.client("r", properties: [.receiveMaximum(2)])
            try await reader.subscribe(trial.topic("t"), qos: .exactlyOnce)
            let writer = try await trial.client("w")
            for number in 0..<6 {
                try await writer.publish(
                    trial.topic("t"), "\(number)", qos: number % 2 == 0 ? .atLeastOnce : .exactlyOnce)
            }
            var waiting: [Publish] = []
            for packet in try await reader.fence() {
                if case .publish(let message) = packet { waiting.append(message) }
            }
            try require(waiting.count == 2, "\(waiting.count) came without an acknowledgement")
            reader.send(.puback, waiting[0].packetIdentifier)
            let third = try await reader.message(acknowledges: false)
            try require(String(buffer: third.payload) == "2", "another one came")
        }
        group.check("More than the broker's Receive Maximum ends the connection", ["MQTT-3.3.4-7"]) { trial in
            let (peer, connack) = try await trial.open(trial.connect("a"))
            let maximum = connack.properties.receiveMaximum ?? 65_535
            try trial.requires(maximum <= 2_000, "a Receive Maximum that is worth a try")
            for number in 1...maximum + 1 {
                peer.send(
                    .publish(
                        Publish(
                            topicName: MQTTString(trial.topic("t")), qos: .exactlyOnce,
                            packetIdentifier: number)))
            }
            while true {
                switch try await peer.arrival() {
                case .packet(.acknowledgement): continue
                case .packet(.disconnect(let packet)):
                    try require(
                        packet.reasonCode == .receiveMaximumExceeded, "the code was \(packet.reasonCode)")
                    return
                case .end: return
                case let other: throw CheckFailure("\(other) came")
                }
            }
        }
        group.check("A topic alias stands for its topic", ["MQTT-3.3.2-10", "MQTT-3.3.2-12"]) { trial in
            try trial.requires(trial.offer.topicAliasMaximum > 0, "topic aliases")
            let peer = try await trial.client()
            try await peer.subscribe(trial.topic("#"), qos: .atMostOnce)
            try await peer.publish(trial.topic("t"), "1", qos: .atMostOnce, properties: [.topicAlias(1)])
            try await peer.publish("", "2", qos: .atMostOnce, properties: [.topicAlias(1)])
            try await peer.publish(trial.topic("u"), "3", qos: .atMostOnce, properties: [.topicAlias(1)])
            try await peer.publish("", "4", qos: .atMostOnce, properties: [.topicAlias(1)])
            for (text, topic) in [("1", "t"), ("2", "t"), ("3", "u"), ("4", "u")] {
                let message = try await peer.expect(text)
                try require(
                    message.topicName == MQTTString(trial.topic(topic)), "it came to \(message.topicName)")
                try require(
                    message.properties.topicAlias == nil, "the broker uses an alias that nobody allowed")
            }
        }
        group.check("An alias above the maximum ends the connection", ["MQTT-3.3.2-9"]) { trial in
            let (peer, connack) = try await trial.open(trial.connect("a"))
            let maximum = connack.properties.topicAliasMaximum ?? 0
            try trial.requires(maximum < .max, "a bound on topic aliases")
            try await peer.publish(trial.topic("t"), qos: .atMostOnce, properties: [.topicAlias(maximum + 1)])
            try await peer.expectEnd([.topicAliasInvalid])
        }
        group.check("An alias that was not set ends the connection", ["section 3.3.2.3.4"]) { trial in
            try trial.requires(trial.offer.topicAliasMaximum > 0, "topic aliases")
            let peer = try await trial.client()
            try await peer.publish("", qos: .atMostOnce, properties: [.topicAlias(1)])
            try await peer.expectEnd([.protocolError, .topicAliasInvalid])
        }
        group.check("Aliases end with their connection", ["MQTT-3.3.2-7"]) { trial in
            try trial.requires(trial.offer.topicAliasMaximum > 0, "topic aliases")
            let (first, _) = try await trial.session()
            try await first.publish(trial.topic("t"), qos: .atMostOnce, properties: [.topicAlias(1)])
            _ = try await first.fence()
            await first.cut()
            let (second, _) = try await trial.session()
            try await second.publish("", qos: .atMostOnce, properties: [.topicAlias(1)])
            try await second.expectEnd([.protocolError, .topicAliasInvalid])
        }
        group.check("The broker's aliases stay within what the client allows", ["MQTT-3.3.2-11"]) { trial in
            let peer = try await trial.client(properties: [.topicAliasMaximum(1)])
            try await peer.subscribe(trial.topic("#"), qos: .atMostOnce)
            var known: [UInt16: MQTTString] = [:]
            for number in 0..<6 {
                try await peer.publish(trial.topic("\(number % 2)"), "\(number)", qos: .atMostOnce)
                let message = try await peer.expect("\(number)")
                var topic = message.topicName
                if let alias = message.properties.topicAlias {
                    try require(alias == 1, "the alias was \(alias)")
                    if topic.isEmpty { topic = known[alias] ?? "" } else { known[alias] = topic }
                }
                try require(topic == MQTTString(trial.topic("\(number % 2)")), "it came to \(topic)")
            }
        }
        return group.checks
    }()
}
