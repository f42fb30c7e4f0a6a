import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    static let resuming: [Check] = {
        var group = CheckGroup("Sessions")
        group.check(
            "A session goes on with its subscriptions and its queue",
            ["MQTT-3.1.2-5", "MQTT-3.1.2-6", "MQTT-3.2.2-3"], .both
        ) { trial in
            let (first, wasThere) = try await trial.session(clean: trial.version == .v5)
            try require(!wasThere, "a session was there")
            try await first.subscribe(trial.topic("t"), qos: .exactlyOnce)
            await first.cut()
            let writer = try await trial.client("w")
            for qos in [QoS.atLeastOnce, .exactlyOnce] {
                try await writer.publish(trial.topic("t"), "\(qos)", qos: qos)
            }
            let (second, isThere) = try await trial.session()
            try require(isThere, "Session Present is not set")
            try await second.expect("\(QoS.atLeastOnce)")
            try await second.expect("\(QoS.exactlyOnce)")
        }
        group.check("A clean start ends the session that was there", ["MQTT-3.1.2-4", "MQTT-3.2.2-2"], .both)
        { trial in
            let (first, _) = try await trial.session()
            try await first.subscribe(trial.topic("t"), qos: .atLeastOnce)
            await first.cut()
            let (second, isThere) = try await trial.session(clean: true)
            try require(!isThere, "Session Present is set")
            try await second.publish(trial.topic("t"), "x", qos: .atMostOnce)
            try require(try await second.fence().isEmpty, "its subscriptions are there")
        }
        group.check("A session ends with its connection when its expiry is 0", ["MQTT-3.1.2-23"]) { trial in
            await (try trial.client("s", clean: false)).cut()
            let (_, isThere) = try await trial.session()
            try require(!isThere, "Session Present is set")
        }
        group.check("A session ends when its time has passed", ["MQTT-4.1.0-2"]) { trial in
            await (try trial.client("s", clean: false, properties: [.sessionExpiryInterval(1)])).cut()
            try await Task.sleep(for: .milliseconds(2_500))
            let (_, isThere) = try await trial.session()
            try require(!isThere, "Session Present is set")
        }
        group.check("DISCONNECT can end a session early", ["section 3.14.2.2.2"]) { trial in
            let (first, _) = try await trial.session()
            try await first.disconnect(Disconnect(properties: [.sessionExpiryInterval(0)]))
            let (_, isThere) = try await trial.session()
            try require(!isThere, "Session Present is set")
        }
        group.check(
            "What was not acknowledged comes again with DUP, at QoS 1", ["MQTT-4.4.0-1", "MQTT-3.3.1-1"],
            .both
        ) { trial in
            let (first, _) = try await trial.session()
            try await first.subscribe(trial.topic("t"), qos: .atLeastOnce)
            let writer = try await trial.client("w")
            for text in ["1", "2"] { try await writer.publish(trial.topic("t"), text) }
            let one = try await first.message(acknowledges: false)
            _ = try await first.message(acknowledges: false)
            await first.cut()
            let (second, _) = try await trial.session()
            for text in ["1", "2"] {
                let again = try await second.expect(text)
                try require(again.dup, "DUP is not set")
                if text == "1" {
                    try require(
                        again.packetIdentifier == one.packetIdentifier, "it has another packet identifier")
                }
            }
        }
        group.check("An exchange of QoS 2 goes on where it stood", ["MQTT-4.4.0-1"], .both) { trial in
            let (first, _) = try await trial.session()
            try await first.subscribe(trial.topic("t"), qos: .exactlyOnce)
            let writer = try await trial.client("w")
            try await writer.publish(trial.topic("t"), "x", qos: .exactlyOnce)
            let message = try await first.message(acknowledges: false)
            first.send(.pubrec, message.packetIdentifier)
            try await first.answer(.pubrel, message.packetIdentifier)
            await first.cut()
            let (second, _) = try await trial.session()
            try await second.answer(.pubrel, message.packetIdentifier)
            second.send(.pubcomp, message.packetIdentifier)
            try require(try await second.fence().isEmpty, "more came")
        }
        group.check("A message sent at QoS 2 over two connections arrives once", ["MQTT-4.3.3-10"], .both) {
            trial in
            let reader = try await trial.client("r")
            try await reader.subscribe(trial.topic("t"), qos: .exactlyOnce)
            let (first, _) = try await trial.session()
            var packet = Publish(
                topicName: MQTTString(trial.topic("t")), payload: ByteBuffer(string: "once"),
                qos: .exactlyOnce,
                packetIdentifier: 9)
            first.send(.publish(packet))
            try await first.answer(.pubrec, 9)
            await first.cut()
            let (second, _) = try await trial.session()
            packet.dup = true
            second.send(.publish(packet))
            try await second.answer(.pubrec, 9)
            second.send(.pubrel, 9)
            try await second.answer(.pubcomp, 9)
            try await second.publish(trial.topic("t"), "end", qos: .exactlyOnce)
            try await reader.expect("once")
            try await reader.expect("end")
        }
        group.check(
            "A message in a queue ends with its expiry, or comes with the rest of it",
            ["MQTT-3.3.2-5", "MQTT-3.3.2-6"]
        ) {
            trial in
            let (first, _) = try await trial.session()
            try await first.subscribe(trial.topic("t"), qos: .atLeastOnce)
            await first.cut()
            let writer = try await trial.client("w")
            try await writer.publish(trial.topic("t"), "short", properties: [.messageExpiryInterval(1)])
            try await writer.publish(trial.topic("t"), "long", properties: [.messageExpiryInterval(100)])
            try await Task.sleep(for: .milliseconds(2_200))
            let (second, _) = try await trial.session()
            let rest = try await second.expect("long").properties.messageExpiryInterval ?? 0
            try require((90...98).contains(rest), "its Message Expiry Interval is \(rest)")
        }
        return group.checks
    }()
}
