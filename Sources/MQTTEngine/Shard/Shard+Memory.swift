/// What messages take in memory, beside their bytes. The figures are what `make scale ARGS=memory` measures, and a
/// little more.
extension Shard {
    /// What it takes to keep a message: its place among the shard's messages, and what an allocation costs.
    private static var messageBytes: Int { 224 }

    /// What it takes to know that a message waits for somebody, or is on its way; queues grow by doubling.
    private static var deliveryBytes: Int { 128 }

    /// Bytes that all messages take, queued, in flight and retained, with what it takes to keep those that come and
    /// go: how many may be retained has a bound of its own, and every shard has all of them.
    @inline(__always)
    var messageMemory: Int {
        counters.storedBytes
            + Self.messageBytes * max(0, counters.storedMessages - counters.retainedMessages)
            + Self.deliveryBytes
            * (counters.queuedMessages - counters.queuedOnDisk + counters.inFlightMessages)
    }

    /// Whether messages take more memory than they may: then every queue counts as full.
    @inline(__always)
    var isMemoryFull: Bool { messageMemory > configuration.limits.storedBytes }
}
