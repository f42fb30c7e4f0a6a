import MQTTCodec

/// The retained messages of a shard, MQTT 5.0 section 3.3.1.3: at most one for each topic.
struct RetainedMessages: ~Copyable {
    /// A message that is, or was, kept at a topic.
    struct Kept {
        /// Its place among the shard's messages.
        let message: Int
        /// Whether it has a row in the store.
        let isStored: Bool
        /// Where there are other shards: its place among all changes; see ``RetainedStamps``.
        var stamp: UInt64 = 0
    }

    /// What is kept at a topic.
    struct Entry {
        let node: Int
        var kept: Kept
        var message: Int { kept.message }
        /// When it came, in the shard's count of retained changes.
        var sequence: UInt64
    }

    /// A node's `value` is its entry.
    private(set) var tree = TopicTree()
    private(set) var names: LevelNames
    private(set) var entries = Slab<Entry>()
    /// Counts the changes.
    private(set) var sequence: UInt64 = 0

    init(hasher: ByteHash) { names = LevelNames(hasher: hasher) }

    var count: Int { entries.count }

    /// The message kept at a topic.
    func message(at topic: Span<UInt8>) -> Int? {
        guard let node = tree.find(topic, names), tree.nodes[node].value >= 0 else { return nil }
        return entries[Int(tree.nodes[node].value)].message
    }

    /// The stamp of the message at a topic.
    func stamp(at topic: Span<UInt8>) -> UInt64? {
        guard let node = tree.find(topic, names), tree.nodes[node].value >= 0 else { return nil }
        return entries[Int(tree.nodes[node].value)].kept.stamp
    }

    /// Keeps a message in the place of the one before, which is returned [MQTT-3.3.1-5].
    mutating func set(_ topic: Span<UInt8>, _ kept: Kept) -> Kept? {
        sequence += 1
        let node = tree.insert(topic, &names)
        let place = tree.nodes[node].value
        guard place < 0 else {
            let before = entries[Int(place)].kept
            entries[Int(place)].kept = kept
            entries[Int(place)].sequence = sequence
            return before
        }
        let entry = entries.insert(Entry(node: node, kept: kept, sequence: sequence))
        tree.setValue(Int32(entry), at: node)
        return nil
    }

    /// Removes and returns the message of a topic [MQTT-3.3.1-6].
    mutating func remove(_ topic: Span<UInt8>) -> Kept? {
        guard let node = tree.find(topic, names), tree.nodes[node].value >= 0 else { return nil }
        return remove(entry: Int(tree.nodes[node].value))
    }

    mutating func remove(entry: Int) -> Kept {
        sequence += 1
        let removed = entries.remove(entry)
        tree.setValue(-1, at: removed.node)
        tree.prune(removed.node, &names)
        return removed.kept
    }

    /// The entries whose topics match a filter; nil: to find them takes so long that it is to be done in
    /// pieces, with ``firstEntry(from:to:matching:)``.
    func entries(matching filter: Span<UInt8>) -> [UInt32]? {
        tree.nodesMatching(filter: filter, names, most: 4_096)?.map { UInt32(tree.nodes[$0].value) }
    }

    /// What a replay still has to look at.
    func entriesLeft(of replay: RetainedReplay) -> [UInt32] {
        if let entries = replay.entries { return Array(entries[replay.position...]) }
        let levels = TopicTree.levels(of: replay.filter.bytes.span, names)
        var left: [UInt32] = []
        for place in replay.position..<replay.end
        where entries.isTaken(place) && tree.matches(entries[place].node, levels, names) {
            left.append(UInt32(place))
        }
        return left
    }

    /// All entries are at places before this one.
    var endOfPlaces: Int { entries.places.upperBound }

    /// The first entry from a place on whose topic matches a filter; `end` where there is none before it.
    func firstEntry(from start: Int, to end: Int, matching filter: Span<UInt8>) -> Int {
        let levels = TopicTree.levels(of: filter, names)
        return (start..<end).first { entries.isTaken($0) && tree.matches(entries[$0].node, levels, names) }
            ?? end
    }

    /// The entry at a place, and a mark that changes when another message comes to it.
    func mark(at topic: Span<UInt8>) -> (entry: Int, mark: UInt32)? {
        guard let node = tree.find(topic, names), tree.nodes[node].value >= 0 else { return nil }
        let entry = Int(tree.nodes[node].value)
        return (entry, UInt32(truncatingIfNeeded: entries[entry].sequence))
    }

    /// The message of an entry that still has its mark.
    func message(of entry: Int, mark: UInt32) -> Int? {
        guard entries.isTaken(entry), UInt32(truncatingIfNeeded: entries[entry].sequence) == mark else {
            return nil
        }
        return entries[entry].message
    }

    /// The entry, unless it came after `sequence` or is gone.
    func entry(_ index: Int, notAfter sequence: UInt64) -> Entry? {
        guard entries.isTaken(index) else { return nil }
        let entry = entries[index]
        return entry.sequence <= sequence ? entry : nil
    }
}
