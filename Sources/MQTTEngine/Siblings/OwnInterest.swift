import MQTTCodec

/// How many subscriptions a shard has of each filter, shared ones aside: when the first comes or the last
/// goes, siblings are told.
struct OwnInterest: ~Copyable {
    struct Count {
        var all = 0
        var durable = 0

        var level: InterestLevel { durable > 0 ? .durable : all > 0 ? .some : .none }
    }

    private var table: ByteTable
    private var counts = Slab<Count>()

    init(hasher: ByteHash) { table = ByteTable(hasher: hasher) }

    /// A subscription came (1) or went (-1), or its durability changed. Returns the new level, if there is one.
    mutating func change(_ pattern: Span<UInt8>, all: Int, durable: Int) -> InterestLevel? {
        let place: Int
        if let found = table.find(pattern) {
            place = Int(found)
        } else {
            guard all > 0 else { return nil }
            place = counts.insert(Count())
            table.set(pattern, UInt32(place))
        }
        let before = counts[place].level
        counts[place].all += all
        counts[place].durable += durable
        let level = counts[place].level
        if level == .none {
            counts.remove(place)
            table.remove(pattern)
        }
        return level == before ? nil : level
    }
}
