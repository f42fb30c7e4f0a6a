/// A session that has gone to another shard. Its subscriptions stay for a moment, so that what is under way to
/// the old place is passed on to the new one.
struct Departure {
    let destination: Int
    /// Shards whose publishes may still come here for it.
    var uncut: UInt64
}
