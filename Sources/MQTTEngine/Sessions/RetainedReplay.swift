import MQTTCodec

/// The retained messages that a new subscription gets, sent a few at a time.
struct RetainedReplay {
    /// The subscription's, as the client knows it.
    let filter: MQTTString
    /// Places of ``RetainedMessages``; nil: they are many, and all places are looked at, some at a time.
    let entries: [UInt32]?
    /// Where it stands: among `entries`, or the places.
    var position = 0
    let end: Int
    /// What was retained later has reached the client as a live message.
    let asOf: UInt64
    let qos: QoS
    var identifiers = SubscriptionIdentifiers()
    /// The batch that SUBACK waits for; 0: none.
    var notBefore: UInt64 = 0
    /// The subscription, where the store knows that its retained messages are not all sent.
    var storedSubscription: StoredSubscription?

    init(filter: MQTTString, _ retained: borrowing RetainedMessages, entries: [UInt32]?, qos: QoS) {
        self.filter = filter
        self.entries = entries
        end = entries?.count ?? retained.endOfPlaces
        asOf = retained.sequence
        self.qos = qos
    }
}
