import MQTTEngine

/// A shard's ways to its siblings.
struct ShardLinks {
    let index: Int
    /// Of all shards, its own among them.
    let mailboxes: [Mailbox]
    /// nil: there is no store.
    let rounds: RoundJoiner?

    var own: Mailbox { mailboxes[index] }

    /// Runs `body` with the driver of every sibling, on its event loop.
    func onSiblings(_ body: @escaping @Sendable (ShardDriver) -> Void) {
        for (sibling, mailbox) in mailboxes.enumerated() where sibling != index { mailbox.onDriver(body) }
    }
}
