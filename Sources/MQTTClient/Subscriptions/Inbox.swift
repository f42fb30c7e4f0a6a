import MQTTCodec

/// What one ``Subscription`` has of its client.
struct Inbox {
    /// Empty: it takes what nobody else does.
    var entries: [Subscribe.Entry]
    /// Those of the entries, parsed.
    var filters: [TopicFilter]
    var properties: Properties
    /// MQTT 5.0: what the server marks its messages with.
    var identifier: Int?
    let mailbox: Mailbox
    /// The server has agreed once.
    var isGranted = false
    /// How it ended; nil while it is open.
    var end: Result<Void, ClientError>?

    func matches(_ topic: MQTTString) -> Bool { filters.contains { $0.matches(topic) } }
}
