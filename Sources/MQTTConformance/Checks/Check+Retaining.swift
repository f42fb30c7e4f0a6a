import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    static let retaining: [Check] = {
        var group = CheckGroup("Retained messages")
        group.check("The last one is kept for new subscriptions", ["MQTT-3.3.1-5", "MQTT-3.3.1-8"], .both) {
            trial in
            try trial.requires(trial.offer.retainAvailable, "retained messages")
            let peer = try await trial.client()
            for text in ["old", "new"] { try await peer.publish(trial.topic("t"), text, retain: true) }
            try await peer.subscribe(trial.topic("t"), qos: .atLeastOnce)
            let message = try await peer.expect("new")
            try require(message.retain, "RETAIN is not set")
            try await clear(peer, trial)
        }
        group.check("One that is published later comes without RETAIN", ["MQTT-3.3.1-12"], .both) { trial in
            try trial.requires(trial.offer.retainAvailable, "retained messages")
            let peer = try await trial.client("r")
            let writer = try await trial.client("w")
            try await peer.subscribe(trial.topic("t"), qos: .atLeastOnce)
            try await writer.publish(trial.topic("t"), "x", retain: true)
            try require(try await peer.expect("x").retain == false, "RETAIN is set")
            try await clear(writer, trial)
        }
        group.check("Retain As Published leaves RETAIN alone", ["MQTT-3.3.1-13"]) { trial in
            try trial.requires(trial.offer.retainAvailable, "retained messages")
            let peer = try await trial.client("r")
            let writer = try await trial.client("w")
            try await peer.subscribe(
                trial.topic("t"), SubscriptionOptions(qos: .atLeastOnce, retainAsPublished: true))
            try await writer.publish(trial.topic("t"), "kept", retain: true)
            try await writer.publish(trial.topic("t"), "plain")
            try require(try await peer.expect("kept").retain, "RETAIN was taken away")
            try require(try await peer.expect("plain").retain == false, "RETAIN was added")
            try await clear(writer, trial)
        }
        group.check("An empty one removes it", ["MQTT-3.3.1-6", "MQTT-3.3.1-7"], .both) { trial in
            try trial.requires(trial.offer.retainAvailable, "retained messages")
            let peer = try await trial.client()
            try await peer.publish(trial.topic("t"), "x", retain: true)
            try await clear(peer, trial)
            try await peer.subscribe(trial.topic("t"), qos: .atLeastOnce)
            try require(try await peer.fence().isEmpty, "something came")
        }
        group.check("A subscription to many gets all of them, once", ["MQTT-3.3.1-9"], .both) { trial in
            try trial.requires(trial.offer.retainAvailable, "retained messages")
            let peer = try await trial.client()
            for number in 0..<20 {
                try await peer.publish(trial.topic("t/\(number)"), "\(number)", retain: true)
            }
            try await peer.subscribe(trial.topic("t/+"), qos: .atMostOnce)
            var seen: Set<String> = []
            for _ in 0..<20 { seen.insert(String(buffer: try await peer.message().payload)) }
            try require(seen.count == 20, "only \(seen.count) came")
            try require(try await peer.fence().isEmpty, "too many came")
            try await peer.disconnect()
            let cleaner = try await trial.client()
            for number in 0..<20 { try await cleaner.publish(trial.topic("t/\(number)"), "", retain: true) }
        }
        for (handling, first, again) in [
            (SubscriptionOptions.RetainHandling.sendAlways, true, true), (.sendIfNew, true, false),
            (.doNotSend, false, false),
        ] {
            group.check("Retain Handling \(handling.rawValue)", ["MQTT-3.3.1-\(9 + handling.rawValue)"]) {
                trial in
                try trial.requires(trial.offer.retainAvailable, "retained messages")
                let peer = try await trial.client()
                try await peer.publish(trial.topic("t"), "x", retain: true)
                for isExpected in [first, again] {
                    try await peer.subscribe(
                        trial.topic("t"), SubscriptionOptions(qos: .atMostOnce, retainHandling: handling))
                    let count = try await peer.fence().count
                    try require(count == (isExpected ? 1 : 0), "\(count) came")
                }
                try await clear(peer, trial)
            }
        }
        group.check("They are not kept beyond their expiry", ["MQTT-3.3.2-5"]) { trial in
            try trial.requires(trial.offer.retainAvailable, "retained messages")
            let peer = try await trial.client()
            try await peer.publish(
                trial.topic("t"), "x", retain: true, properties: [.messageExpiryInterval(1)])
            try await Task.sleep(for: .milliseconds(2_200))
            try await peer.subscribe(trial.topic("t"), qos: .atMostOnce)
            try require(try await peer.fence().isEmpty, "it came")
        }
        return group.checks
    }()

    private static func clear(_ peer: WirePeer, _ trial: Trial) async throws {
        // The client may have the topic subscribed itself.
        peer.send(.publish(Publish(topicName: MQTTString(trial.topic("t")), retain: true)))
        _ = try await peer.fence()
    }
}
