import MQTTBroker

/// A session with the first of its subscriptions and messages.
struct SessionDetailValue: AdminValue {
    var session: SessionValue
    var subscriptions: [SubscriptionValue]
    var inFlight: [DeliveryValue]
    var queue: [DeliveryValue]
    var will: WillValue?

    static let example = Self(
        session: .example, subscriptions: [.example], inFlight: [.example], queue: [.example],
        will: .example)
}

extension SessionDetailValue {
    init(_ detail: SessionDetail) {
        self.init(
            session: SessionValue(detail.summary),
            subscriptions: detail.subscriptions.map(SubscriptionValue.init),
            inFlight: detail.inFlight.map(DeliveryValue.init), queue: detail.queue.map(DeliveryValue.init),
            will: detail.will.map { will in
                WillValue(
                    topic: will.topic.description, qos: Int(will.qos.rawValue), retain: will.retain,
                    payloadBytes: will.payloadBytes, delaySeconds: will.delay)
            })
    }
}

/// A message on its way to a client.
struct DeliveryValue: AdminValue {
    /// `queued`, `published` (PUBACK or PUBREC is awaited) or `released` (PUBCOMP is).
    var state: String
    var packetIdentifier: Int?
    var topic: String?
    var qos: Int
    var retain: Bool
    var payloadBytes: Int
    var expiresInSeconds: Double?

    static let example = Self(
        state: "published", packetIdentifier: 17, topic: "house/kitchen", qos: 1, retain: false,
        payloadBytes: 12, expiresInSeconds: 60)
}

extension DeliveryValue {
    init(_ delivery: DeliverySummary) {
        self.init(
            state: delivery.state.rawValue,
            packetIdentifier: delivery.packetIdentifier == 0 ? nil : Int(delivery.packetIdentifier),
            topic: delivery.topic.isEmpty ? nil : delivery.topic.description, qos: Int(delivery.qos.rawValue),
            retain: delivery.retain, payloadBytes: delivery.payloadBytes,
            expiresInSeconds: delivery.expiresIn.map { Double($0) / 1000 })
    }
}

/// A will that is pending.
struct WillValue: AdminValue {
    var topic: String
    var qos: Int
    var retain: Bool
    var payloadBytes: Int
    var delaySeconds: UInt32

    static let example = Self(topic: "house/phone", qos: 1, retain: true, payloadBytes: 7, delaySeconds: 0)
}
