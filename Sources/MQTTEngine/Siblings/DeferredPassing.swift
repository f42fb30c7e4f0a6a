/// A message for siblings that has to be stored before anybody gets it.
struct DeferredPassing {
    /// A set of shards.
    let targets: UInt64
    let stamp: UInt64
    let publisher: Creditor
}
