import MQTTCodec

/// Who gets the messages of one topic: the subscriptions that match it, made one for each session.
struct Route {
    /// One session that gets one copy, at the highest QoS of its matching subscriptions [MQTT-3.3.4-2] and
    /// with all their identifiers [MQTT-3.3.4-4].
    struct Recipient {
        let session: UInt32
        var qos: QoS
        var retainAsPublished: Bool
        /// Whether one of the subscriptions has No Local: what the session publishes itself is looked up in
        /// ``Route/own``.
        var hasNoLocal: Bool
        var identifiers: SubscriptionIdentifiers
    }

    /// The shard's generation of wildcard subscriptions that it was made for.
    var generation: UInt64
    var recipients: [Recipient] = []
    /// For sessions with No Local: what they get of their own messages, which may be nothing.
    var own: [UInt32: Recipient] = [:]
    var groups: [UInt32] = []
    /// How much is promised of them.
    var durability = Durability.synced
    /// Which other shards want them.
    var interest = SiblingInterest.Shards()
    /// Where there are other shards: the shared subscriptions among all of them.
    var shares: [UInt32] = []

    var isEmpty: Bool { recipients.isEmpty && groups.isEmpty }

    /// Finds all that match a topic.
    init(_ topic: Span<UInt8>, in index: borrowing SubscriptionIndex, generation: UInt64) {
        self.generation = generation
        var places: [Int: Int] = [:]
        var recipients: [Recipient] = []
        var own: [UInt32: Recipient] = [:]
        var groups: [UInt32] = []
        index.forEachMatch(topic) { _, subscription in
            let recipient = Recipient(subscription)
            if let place = places[subscription.session] {
                recipients[place].merge(recipient)
            } else {
                places[subscription.session] = recipients.count
                recipients.append(recipient)
            }
            if !subscription.options.noLocal {
                if own[recipient.session] == nil {
                    own[recipient.session] = recipient
                } else {
                    own[recipient.session]?.merge(recipient)
                }
            }
        } group: { group in
            groups.append(UInt32(group))
        }
        self.recipients = recipients
        self.own = own.filter { entry in
            places[Int(entry.key)].map { recipients[$0].hasNoLocal } ?? false
        }
        self.groups = groups
    }
}

extension Route.Recipient {
    fileprivate init(_ subscription: Subscription) {
        session = UInt32(subscription.session)
        qos = subscription.options.qos
        retainAsPublished = subscription.options.retainAsPublished
        hasNoLocal = subscription.options.noLocal
        identifiers = SubscriptionIdentifiers()
        identifiers.add(subscription.identifier)
    }

    fileprivate mutating func merge(_ other: Self) {
        qos = max(qos, other.qos)
        retainAsPublished = retainAsPublished || other.retainAsPublished
        hasNoLocal = hasNoLocal || other.hasNoLocal
        other.identifiers.forEach { identifiers.add(UInt32($0)) }
    }
}
