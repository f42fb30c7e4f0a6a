import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    /// Filters, and the topics that they match or do not.
    private static let matches: [(filter: String, yes: [String], no: [String], statement: String)] = [
        ("a/#", ["a", "a/b", "a/b/c"], ["b", "ab"], "MQTT-4.7.1-1"),
        ("a/+", ["a/b", "a/"], ["a", "a/b/c"], "MQTT-4.7.1-2"),
        ("+/b", ["a/b", "/b"], ["a/c", "b"], "MQTT-4.7.1-2"),
        ("/+", ["/a", "/"], ["a", "/a/b"], "MQTT-4.7.1-2"),
        ("+/+/c", ["a/b/c", "//c"], ["a/c"], "MQTT-4.7.1-2"),
        ("a//b", ["a//b"], ["a/b", "a/x/b"], "MQTT-4.7.3-4"),
        ("Case", ["Case"], ["case"], "MQTT-4.7.3-4"),
    ]

    static let subscribing: [Check] = {
        var group = CheckGroup("SUBSCRIBE and UNSUBSCRIBE")
        for (filter, yes, no, statement) in matches {
            group.check("'\(filter)' matches what it should", [statement], .both) { trial in
                if filter.contains("+") || filter.contains("#") {
                    try trial.requires(trial.offer.wildcardSubscriptionAvailable, "wildcards")
                }
                let peer = try await trial.client()
                try await peer.subscribe(trial.topic(filter), qos: .atMostOnce)
                for topic in no + yes { try await peer.publish(trial.topic(topic), topic, qos: .atMostOnce) }
                for topic in yes { try await peer.expect(topic) }
                try require(try await peer.fence().isEmpty, "it matches too much")
            }
        }
        group.check(
            "Wildcards in the first level leave out topics that begin with $", ["MQTT-4.7.2-1"], .both
        ) { trial in
            try trial.requires(trial.offer.wildcardSubscriptionAvailable, "wildcards")
            let peer = try await trial.client()
            try await peer.subscribe("+/broker/#", qos: .atMostOnce)
            for packet in try await peer.fence() {
                if case .publish(let message) = packet, message.topicName.description.hasPrefix("$") {
                    throw CheckFailure("\(message.topicName) came")
                }
            }
        }
        for filter in ["a#", "a/#/b", "a+", "+a/b", "#/a"] {
            group.check("The filter '\(filter)' is refused", ["MQTT-4.7.1-1", "MQTT-4.7.1-2"], .both) {
                trial in
                let peer = try await trial.client()
                peer.send(
                    .subscribe(Subscribe(packetIdentifier: 3, [.init(MQTTString(filter))])))
                switch try await peer.arrival() {
                case .end, .packet(.disconnect): return
                case .packet(.subscriptionAcknowledgement(let answer)):
                    try require(answer.reasonCodes.allSatisfy(\.isFailure), "it was granted")
                case let other: throw CheckFailure("\(other) came")
                }
            }
        }
        group.check(
            "Each filter of SUBSCRIBE has its code, in order", ["MQTT-3.8.4-6", "MQTT-3.9.3-1"], .both
        ) { trial in
            let peer = try await trial.client()
            let codes = try await peer.subscribe([trial.topic("a"), trial.topic("b"), trial.topic("c")])
            try require(codes == [.success, .success, .success], "the codes were \(codes)")
        }
        group.check("A subscription takes the place of the one before", ["MQTT-3.8.4-3"], .both) { trial in
            let peer = try await trial.client()
            try await peer.subscribe(trial.topic("t"), qos: .exactlyOnce)
            try await peer.subscribe(trial.topic("t"), qos: .atMostOnce)
            let writer = try await trial.client("w")
            try await writer.publish(trial.topic("t"), "once", qos: .exactlyOnce)
            let message = try await peer.expect("once")
            try require(message.qos == .atMostOnce, "it came at the QoS of the first")
            try require(try await peer.fence().isEmpty, "it came twice")
        }
        group.check("UNSUBACK has a code for each filter", ["MQTT-3.11.3-1", "MQTT-3.11.3-2"]) { trial in
            let peer = try await trial.client()
            try await peer.subscribe(trial.topic("t"), qos: .atMostOnce)
            let codes = try await unsubscribe(peer, [trial.topic("t"), trial.topic("none")])
            try require(codes == [.success, .noSubscriptionExisted], "the codes were \(codes)")
        }
        group.check("After UNSUBSCRIBE nothing comes", ["MQTT-3.10.4-1", "MQTT-3.10.4-2"], .both) { trial in
            let peer = try await trial.client()
            try await peer.subscribe(trial.topic("#"), qos: .atMostOnce)
            try await peer.subscribe(trial.topic("else"), qos: .atMostOnce)
            _ = try await unsubscribe(peer, [trial.topic("#")])
            try await peer.publish(trial.topic("t"), "gone", qos: .atMostOnce)
            try await peer.publish(trial.topic("else"), "there", qos: .atMostOnce)
            try await peer.expect("there")
        }
        group.check("No Local keeps a client's own messages away", ["MQTT-3.8.3-3"]) { trial in
            let peer = try await trial.client()
            let writer = try await trial.client("w")
            try await peer.subscribe(trial.topic("t"), SubscriptionOptions(qos: .atMostOnce, noLocal: true))
            try await peer.publish(trial.topic("t"), "own")
            try await writer.publish(trial.topic("t"), "other")
            try await peer.expect("other")
        }
        group.check("Messages name the subscriptions that they are for", ["MQTT-3.3.4-3", "MQTT-3.3.4-4"]) {
            trial in
            try trial.requires(trial.offer.subscriptionIdentifierAvailable, "subscription identifiers")
            let peer = try await trial.client()
            try await peer.subscribe(
                trial.topic("t"), qos: .atMostOnce, properties: [.subscriptionIdentifier(5)])
            try await peer.subscribe(
                trial.topic("u"), qos: .atMostOnce, properties: [.subscriptionIdentifier(300)])
            try await peer.subscribe(trial.topic("v"), qos: .atMostOnce)
            for (topic, identifiers) in [("t", [5]), ("u", [300]), ("v", [])] {
                try await peer.publish(trial.topic(topic), topic, qos: .atMostOnce)
                let message = try await peer.expect(topic)
                try require(
                    message.properties.subscriptionIdentifiers == identifiers,
                    "\(topic) had \(message.properties.subscriptionIdentifiers)")
            }
        }
        return group.checks
    }()

    private static func unsubscribe(_ peer: WirePeer, _ filters: [String]) async throws -> [ReasonCode] {
        peer.send(.unsubscribe(Unsubscribe(packetIdentifier: 8, filters.map { MQTTString($0) })))
        guard case .subscriptionAcknowledgement(let answer) = try await peer.packet(),
            answer.type == .unsuback,
            answer.packetIdentifier == 8
        else { throw CheckFailure("UNSUBSCRIBE was not answered by its UNSUBACK") }
        return answer.reasonCodes
    }
}
