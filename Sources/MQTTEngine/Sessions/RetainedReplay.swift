import MQTTCodec

/// The retained messages that a new subscription gets, sent a few at a time.
struct RetainedReplay {
    /// Entries of ``RetainedMessages``.
    let entries: [UInt32]
    var position = 0
    /// What was retained later has reached the client as a live message.
    let asOf: UInt64
    let qos: QoS
    var identifiers = SubscriptionIdentifiers()
}
