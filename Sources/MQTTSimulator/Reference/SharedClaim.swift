import MQTTCodec

/// What a shared subscription is owed of one message: one member gets it, and the broker picks which.
final class SharedClaim {
    let message: Message
    /// `$share/{ShareName}/{filter}`.
    let group: MQTTString
    /// The members when it was published, and those that were members later and no longer are.
    var candidates: [Candidate]
    /// Who was sent it.
    var delivery: Delivery?
    var isOptional = false

    struct Candidate {
        let clientIdentifier: MQTTString
        let subscription: ReferenceSubscription
    }

    init(_ message: Message, group: MQTTString, candidates: [Candidate]) {
        self.message = message
        self.group = group
        self.candidates = candidates
    }

    func delivery(to subscription: ReferenceSubscription, of receiver: MQTTString) -> Delivery {
        Delivery(
            message, .shared, qos: min(message.qos, subscription.options.qos),
            retain: [subscription.options.retainAsPublished && message.retain],
            subscriptionIdentifiers: subscription.identifier.map { [$0] } ?? [], receiver: receiver)
    }
}

extension SharedClaim: CustomStringConvertible {
    var description: String { "\(message) of \(group)" }
}
