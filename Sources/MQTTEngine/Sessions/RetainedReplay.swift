import MQTTCodec

/// The retained messages that a new subscription gets, sent a few at a time.
struct RetainedReplay {
    /// The subscription's, as the client knows it.
    let filter: MQTTString
    /// Entries of ``RetainedMessages``.
    let entries: [UInt32]
    var position = 0
    /// What was retained later has reached the client as a live message.
    let asOf: UInt64
    let qos: QoS
    var identifiers = SubscriptionIdentifiers()
    /// The batch that SUBACK waits for; 0: none.
    var notBefore: UInt64 = 0
    /// The subscription, where the store knows that its retained messages are not all sent.
    var storedSubscription: StoredSubscription?
}
