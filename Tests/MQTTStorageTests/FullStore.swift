import MQTTCodec

@testable import MQTTEngine
@testable import MQTTStorage

/// A store with something of every kind in it, as operations.
enum FullStore {
    static var operations: [StoreOperation] {
        sessions + subscriptions + [.saveGroup(20, filter: "$share/g/s/+")] + messages + [
            .saveRetained(topic: "a/ü", message: 30), .saveRetained(topic: "kept", message: 31),
        ] + deliveries + [
            .saveReceived(session: 10, packetIdentifier: 1),
            .saveReceived(session: 11, packetIdentifier: 65_535),
        ]
    }

    private static var sessions: [StoreOperation] {
        var properties: Properties = []
        properties.willDelayInterval = 7
        properties.messageExpiryInterval = 60
        properties.contentType = "text/plain"
        properties.correlationData = [0, 255]
        var full = Rows.session(
            10,
            will: Will(
                topic: "gone", payload: [0, 255, 10], qos: .exactlyOnce, retain: true, properties: properties)
        )
        full.userName = "jürgen"
        full.willDueAt = 1_800_000_000_000
        full.expiresAt = 1_800_000_000_001
        var old = Rows.session(11)
        old.version = .v3_1
        old.expiryInterval = .max
        old.clientIdentifier = "\"quoted\\\n"
        return [.saveSession(full), .saveSession(old)]
    }

    private static var subscriptions: [StoreOperation] {
        var all: [StoreOperation] = []
        for (index, handling) in SubscriptionOptions.RetainHandling.allCases.enumerated() {
            let options = SubscriptionOptions(
                qos: QoS(rawValue: UInt8(index)) ?? .atMostOnce, noLocal: index == 1,
                retainAsPublished: index == 2, retainHandling: handling)
            all.append(
                .saveSubscription(
                    session: 10,
                    StoredSubscription(
                        filter: MQTTString("f/\(index)/#"), options: options,
                        identifier: UInt32(index) * 134_217_727, isReplaying: index == 0)))
        }
        return all + [
            .saveSubscription(
                session: 11,
                StoredSubscription(
                    filter: "$share/g/s/+", options: SubscriptionOptions(qos: .atLeastOnce), identifier: 0,
                    isReplaying: false))
        ]
    }

    private static var messages: [StoreOperation] {
        var properties: Properties = []
        properties.payloadFormatIndicator = 1
        properties.contentType = "application/json"
        properties.responseTopic = "answer/here"
        properties.correlationData = [1, 0, 2]
        properties.list += [.userProperty("a", "1"), .userProperty("a", "2"), .userProperty("", "ü")]
        return [
            .saveMessage(
                StoredMessage(
                    id: 30, topic: "a/ü", properties: properties, payload: Array(0...255), qos: .exactlyOnce,
                    retain: true, expiresAt: 1_800_000_000_002)),
            .saveMessage(
                StoredMessage(
                    id: 31, topic: "kept", properties: [], payload: [], qos: .atMostOnce, retain: false,
                    expiresAt: nil)),
        ]
    }

    private static var deliveries: [StoreOperation] {
        let states: [StoredDelivery.State] = [.released, .published, .queued]
        var all: [StoreOperation] = states.enumerated().map { index, state in
            .saveDelivery(
                owner: 10,
                StoredDelivery(
                    order: Int64(index) - 1, message: state == .released ? 0 : 30,
                    qos: index == 2 ? .atLeastOnce : .exactlyOnce, retain: index == 1, state: state,
                    packetIdentifier: state == .queued ? 0 : UInt16(index + 1), group: index == 1 ? 20 : 0,
                    subscriptionIdentifiers: index == 2 ? [1, 268_435_455] : []))
        }
        all.append(.saveDelivery(owner: 20, Rows.delivery(-5, 31)))
        return all
    }
}
