import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    /// Properties of PUBLISH that a broker passes on as they are.
    private static let forwarded: [(name: String, properties: Properties, statement: String)] = [
        ("Payload Format Indicator", [.payloadFormatIndicator(1)], "MQTT-3.3.2-4"),
        ("Content Type", [.contentType("text/plain")], "MQTT-3.3.2-20"),
        ("Response Topic", [.responseTopic("back")], "MQTT-3.3.2-15"),
        ("Correlation Data", [.correlationData([0, 1, 255])], "MQTT-3.3.2-16"),
        (
            "User Properties, in their order",
            [.userProperty("b", "1"), .userProperty("a", "2"), .userProperty("b", "3")],
            "MQTT-3.3.2-18"
        ),
    ]

    static let forwarding: [Check] = {
        var group = CheckGroup("What is passed on")
        for (name, properties, statement) in forwarded {
            group.check("\(name) come as they were sent", [statement]) { trial in
                let peer = try await trial.client()
                try await peer.subscribe(trial.topic("t"), qos: .atLeastOnce)
                try await peer.publish(trial.topic("t"), "x", qos: .atMostOnce, properties: properties)
                let message = try await peer.expect("x")
                try require(message.properties == properties, "they came as \(message.properties.list)")
            }
        }
        group.check(
            "Subscribers of the older version get no properties, and the message", ["section 3.3.2.3"]
        ) { trial in
            let writer = try await trial.client("w")
            let older = Trial(trial, version: .v3_1_1)
            let reader = try await older.client("r")
            try await reader.subscribe(trial.topic("t"), qos: .atLeastOnce)
            try await writer.publish(
                trial.topic("t"), "x", properties: [.contentType("text"), .userProperty("a", "b")])
            try await reader.expect("x")
            await older.cleanUp()
        }
        group.check("UTF-8 in topics and properties passes unchanged", ["MQTT-1.5.4-3"], .both) { trial in
            let peer = try await trial.client()
            let topic = trial.topic("\u{FEFF}ü/日本/🦉")
            try await peer.subscribe(topic, qos: .atMostOnce)
            try await peer.publish(topic, "é", qos: .atMostOnce)
            let message = try await peer.expect("é")
            try require(message.topicName == MQTTString(topic), "it came to \(message.topicName)")
        }
        return group.checks
    }()
}
