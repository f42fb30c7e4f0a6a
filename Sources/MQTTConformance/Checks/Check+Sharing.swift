import MQTTClient
import MQTTCodec
import NIOCore

extension Check {
    static let sharing: [Check] = {
        var group = CheckGroup("Shared subscriptions")
        group.check("Each message goes to one of the group", ["section 4.8.2"]) { trial in
            try trial.requires(trial.offer.sharedSubscriptionAvailable, "shared subscriptions")
            let members = [try await trial.client("a"), try await trial.client("b")]
            for member in members {
                try await member.subscribe("$share/g/" + trial.topic("t"), qos: .atMostOnce)
            }
            let writer = try await trial.client("w")
            for number in 0..<20 { try await writer.publish(trial.topic("t"), "\(number)") }
            var seen: [String] = []
            for member in members {
                for packet in try await member.fence() {
                    if case .publish(let message) = packet { seen.append(String(buffer: message.payload)) }
                }
            }
            try require(seen.count == 20 && Set(seen).count == 20, "\(seen.count) arrived, of 20")
        }
        group.check("Groups and plain subscriptions do not take from each other", ["section 4.8.2"]) {
            trial in
            try trial.requires(trial.offer.sharedSubscriptionAvailable, "shared subscriptions")
            let peers = [
                try await trial.client("a"), try await trial.client("b"), try await trial.client("c"),
            ]
            for (peer, filter) in zip(peers, ["$share/g/", "$share/h/", ""]) {
                try await peer.subscribe(filter + trial.topic("t"), qos: .atMostOnce)
            }
            try await trial.client("w").publish(trial.topic("t"), "x")
            for peer in peers { try await peer.expect("x") }
        }
        group.check("They get no retained messages", ["section 4.8.2"]) { trial in
            try trial.requires(
                trial.offer.sharedSubscriptionAvailable && trial.offer.retainAvailable, "shared subscriptions"
            )
            let peer = try await trial.client()
            try await peer.publish(trial.topic("t"), "x", retain: true)
            try await peer.subscribe("$share/g/" + trial.topic("t"), qos: .atMostOnce)
            try require(try await peer.fence().isEmpty, "one came")
            try await peer.publish(trial.topic("t"), "", qos: .atMostOnce, retain: true)
        }
        for filter in ["$share/g", "$share//t", "$share/a+b/t"] {
            group.check("'\(filter)' is refused", ["MQTT-4.8.2-1", "MQTT-4.8.2-2"]) { trial in
                try trial.requires(trial.offer.sharedSubscriptionAvailable, "shared subscriptions")
                let peer = try await trial.client()
                peer.send(.subscribe(Subscribe(packetIdentifier: 3, [.init(MQTTString(filter))])))
                switch try await peer.arrival() {
                case .end, .packet(.disconnect): return
                case .packet(.subscriptionAcknowledgement(let answer)):
                    try require(answer.reasonCodes.allSatisfy(\.isFailure), "it was granted")
                case let other: throw CheckFailure("\(other) came")
                }
            }
        }
        return group.checks
    }()
}
