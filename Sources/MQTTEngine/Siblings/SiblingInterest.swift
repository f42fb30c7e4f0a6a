import MQTTCodec

/// Which siblings want the messages of which filters, as they have told.
struct SiblingInterest: ~Copyable {
    /// Sets of shards.
    struct Shards: Equatable {
        var some: UInt64 = 0
        var durable: UInt64 = 0
    }

    /// A node's `value` is its element of `shards`.
    private var tree = TopicTree()
    private var names: LevelNames
    private var shards = Slab<Shards>()

    init(hasher: ByteHash) { names = LevelNames(hasher: hasher) }

    /// How many filters there are.
    var count: Int { shards.count }

    mutating func set(_ level: InterestLevel, of sibling: Int, in pattern: Span<UInt8>) {
        let bit: UInt64 = 1 << UInt64(sibling)
        let node = tree.insert(pattern, &names)
        if tree.nodes[node].value < 0 { tree.setValue(Int32(shards.insert(Shards())), at: node) }
        let place = Int(tree.nodes[node].value)
        shards[place].some = level == .none ? shards[place].some & ~bit : shards[place].some | bit
        shards[place].durable =
            level == .durable ? shards[place].durable | bit : shards[place].durable & ~bit
        guard shards[place].some == 0 else { return }
        shards.remove(place)
        tree.setValue(-1, at: node)
        tree.prune(node, &names)
    }

    /// Who wants the messages of a topic.
    func matching(_ topic: Span<UInt8>) -> Shards {
        var found = Shards()
        for node in tree.nodesMatching(topic: topic, names) {
            let value = tree.nodes[node].value
            guard value >= 0 else { continue }
            found.some |= shards[Int(value)].some
            found.durable |= shards[Int(value)].durable
        }
        return found
    }
}
