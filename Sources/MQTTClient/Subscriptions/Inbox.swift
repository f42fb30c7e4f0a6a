import MQTTCodec

/// What one ``Subscription`` has of its client, which alone touches it.
final class Inbox {
    /// Empty: it takes what nobody else does.
    let entries: [Subscribe.Entry]
    /// Those of the entries, parsed.
    let filters: [TopicFilter]
    let properties: Properties
    /// MQTT 5.0: what the server marks its messages with.
    let identifier: Int?
    let mailbox: Mailbox
    /// The server has agreed once.
    var isGranted = false
    /// How it ended; nil while it is open.
    var end: Result<Void, ClientError>?

    init(
        entries: [Subscribe.Entry], filters: [TopicFilter], properties: Properties, identifier: Int?,
        mailbox: Mailbox
    ) {
        self.entries = entries
        self.filters = filters
        self.properties = properties
        self.identifier = identifier
        self.mailbox = mailbox
    }

    /// Whether a message is for it where there is no other.
    func takes(_ topic: MQTTString) -> Bool { end == nil && (filters.isEmpty || matches(topic)) }

    func matches(_ topic: MQTTString) -> Bool { filters.contains { $0.matches(topic) } }
}
