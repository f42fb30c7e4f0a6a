/// A question to the store: the next rows of a queue that is on the disk.
public struct QueueRead: Sendable, Equatable {
    /// The session or shared subscription whose queue it is.
    public var owner: Int64
    /// Rows behind this place are wanted, in order.
    public var after: Int64
    /// The last place that is wanted.
    public var through: Int64
    /// At most so many rows.
    public var rows: Int
    /// No more rows once their messages have so many bytes; one row comes in any case.
    public var bytes: Int
    /// Whether the messages are wanted too; what is only to be removed needs none.
    public var includesMessages: Bool

    public init(
        owner: Int64, after: Int64, through: Int64, rows: Int, bytes: Int, includesMessages: Bool = true
    ) {
        self.owner = owner
        self.after = after
        self.through = through
        self.rows = rows
        self.bytes = bytes
        self.includesMessages = includesMessages
    }
}

/// The answer to a ``QueueRead``.
public struct QueueRows: Sendable {
    public var question: QueueRead
    /// In ascending order of their places.
    public var deliveries: [StoredDelivery]
    /// The messages of `deliveries`, one for each, where they were asked for; nil: the store does not have it,
    /// or only damaged.
    public var messages: [StoredMessage?]
    /// Whether no stored row that was asked for is left.
    public var isEnd: Bool

    public init(
        question: QueueRead, deliveries: [StoredDelivery], messages: [StoredMessage?], isEnd: Bool
    ) {
        self.question = question
        self.deliveries = deliveries
        self.messages = messages
        self.isEnd = isEnd
    }
}
