import MQTTEngine

/// A shard's ways to its siblings.
struct ShardLinks {
    let index: Int
    /// Of all shards, its own among them.
    let mailboxes: [Mailbox]

    var own: Mailbox { mailboxes[index] }
}
