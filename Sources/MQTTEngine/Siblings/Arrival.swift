/// A session that has come from another shard. For each source of messages there is a moment, its cut: what it
/// published before comes by way of the old place, what it published later comes straight here, and is kept
/// aside until all of the former is here. So nothing is lost, doubled, or out of its publisher's order.
struct Arrival {
    /// A message that came straight here, too early.
    struct Early {
        let delivery: Delivery
        let source: Int
        let creditor: Creditor?
    }

    let claim: ClientClaim
    let origin: Int
    let session: Int
    let generation: UInt32
    /// Sources that have not said that they publish to the new place.
    var uncut: UInt64
    /// Sources whose earlier messages may still come from the old place.
    var undrained: UInt64
    /// In the order of their coming; their messages are referred to.
    var early: [Early] = []

    var isComplete: Bool { uncut == 0 && undrained == 0 }
}
