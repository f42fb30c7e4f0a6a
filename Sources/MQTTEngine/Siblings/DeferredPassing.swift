import MQTTCodec

/// A message for siblings that has to be stored before anybody gets it.
struct DeferredPassing {
    /// A set of shards.
    let targets: UInt64
    let stamp: UInt64
    let publisher: Creditor
    /// What siblings owe, by their numbers.
    var creditors: [Int: Creditor] = [:]
    var shares: [(filter: MQTTString, shard: Int, creditor: Creditor?)] = []

    init(targets: UInt64, stamp: UInt64, publisher: Creditor) {
        self.targets = targets
        self.stamp = stamp
        self.publisher = publisher
    }
}
