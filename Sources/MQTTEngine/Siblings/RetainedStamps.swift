import MQTTCodec

/// In which order siblings have changed what is retained: every shard keeps all retained messages, and where
/// two change one topic at the same time, the later stamp counts everywhere.
struct RetainedStamps {
    /// Counts changes, and never falls behind what siblings have counted.
    private(set) var clock: UInt64 = 0
    /// Topics whose message was removed, until no older change of theirs can come any more.
    private var removed: [MQTTString: UInt64] = [:]
    /// The latest clock of each sibling that was heard from.
    private var heard: [Int: UInt64] = [:]
    /// How many removals are kept before it is looked through.
    private var patience = 1_024

    /// The stamp of a change that this shard makes.
    mutating func next(_ shard: Int) -> UInt64 {
        clock += 1
        return clock << 6 | UInt64(shard)
    }

    /// A change with this stamp has come.
    mutating func saw(_ stamp: UInt64) { clock = max(clock, stamp >> 6) }

    mutating func heard(_ clock: UInt64, from sibling: Int) { heard[sibling] = clock }

    func removal(of topic: MQTTString) -> UInt64? { removed[topic] }

    mutating func set(_ topic: MQTTString) { removed[topic] = nil }

    /// Remembers a removal. Returns whether siblings have to be asked for their clocks, so that some can be
    /// forgotten.
    mutating func remove(_ topic: MQTTString, _ stamp: UInt64, siblings: Int) -> Bool {
        removed[topic] = stamp
        guard removed.count > patience else { return false }
        let known = heard.count == siblings ? heard.values.min() ?? 0 : 0
        removed = removed.filter { $0.value >> 6 > known }
        let isStale = removed.count > patience / 2
        patience = max(1_024, removed.count * 2)
        return isStale
    }
}
