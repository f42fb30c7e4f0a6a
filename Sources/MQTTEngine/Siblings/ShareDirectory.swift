import MQTTCodec

/// All shared subscriptions that a broker has, and on which shards their members are: whoever has a message
/// for one picks the shard, and that shard picks the member.
struct ShareDirectory: ~Copyable {
    struct Entry {
        let filter: MQTTString
        let node: Int
        var members: [ShareMembers]
        /// How many messages were given to connected members.
        var turn = 0
        /// Its group on this shard; -1: none.
        var group = -1
        /// The next entry at its node; -1: none.
        var next: Int32 = -1
    }

    private let shards: Int
    private let own: Int
    /// A node's `value` is its first entry.
    private var tree = TopicTree()
    private var names: LevelNames
    private var entries = Slab<Entry>()
    private var places: [MQTTString: Int] = [:]

    init(shards: Int, own: Int, hasher: ByteHash) {
        self.shards = shards
        self.own = own
        names = LevelNames(hasher: hasher)
    }

    /// The entry of a filter, as it stands in SUBSCRIBE.
    func find(_ filter: MQTTString) -> Int? { places[filter] }

    func filter(of share: Int) -> MQTTString { entries[share].filter }

    func group(of share: Int) -> Int { entries[share].group }

    func members(of share: Int, on shard: Int) -> ShareMembers { entries[share].members[shard] }

    func hasMembersElsewhere(_ share: Int) -> Bool {
        for shard in 0..<shards where shard != own && entries[share].members[shard].all > 0 { return true }
        return false
    }

    enum Change {
        case none
        case members
        /// The shared subscription is new, or has ended: routes change.
        case existence
    }

    mutating func set(
        _ members: ShareMembers, of shard: Int, _ filter: TopicFilter, group: Int? = nil
    ) -> Change {
        let place: Int
        var change = Change.members
        if let found = places[filter.string] {
            place = found
        } else {
            guard members.all > 0 else { return .none }
            place = add(filter)
            change = .existence
        }
        if let group { entries[place].group = group }
        guard entries[place].members[shard] != members else { return .none }
        entries[place].members[shard] = members
        if entries[place].members.allSatisfy({ $0.all == 0 }) {
            remove(place)
            change = .existence
        }
        return change
    }

    /// The shared subscriptions whose filters match a topic.
    func matching(_ topic: Span<UInt8>) -> [UInt32] {
        guard !places.isEmpty else { return [] }
        var found: [UInt32] = []
        for node in tree.nodesMatching(topic: topic, names) {
            var next = tree.nodes[node].value
            while next >= 0 {
                found.append(UInt32(next))
                next = entries[Int(next)].next
            }
        }
        return found
    }

    /// The shard whose members take the next message: by turns, each as often as it has connected ones. While
    /// nobody is connected, the first one that keeps messages, so that they stay in order. nil: nobody.
    ///
    /// - Parameter excluded: a set of shards that cannot take it.
    mutating func pick(_ share: Int, except excluded: UInt64 = 0) -> Int? {
        func isExcluded(_ shard: Int) -> Bool { excluded & 1 << UInt64(shard) != 0 }
        var connected = 0
        for shard in 0..<shards where !isExcluded(shard) {
            connected += entries[share].members[shard].connected
        }
        guard connected > 0 else {
            return (0..<shards).first { !isExcluded($0) && entries[share].members[$0].isStoring }
        }
        var left = entries[share].turn % connected
        entries[share].turn &+= 1
        for shard in 0..<shards where !isExcluded(shard) {
            left -= entries[share].members[shard].connected
            if left < 0 { return shard }
        }
        return nil
    }

    /// A sibling that has connected members.
    func connectedElsewhere(_ share: Int) -> Int? {
        (0..<shards).first { $0 != own && entries[share].members[$0].connected > 0 }
    }

    func storingElsewhere(_ share: Int) -> Int? {
        (0..<shards).first { $0 != own && entries[share].members[$0].isStoring }
    }

    private mutating func add(_ filter: TopicFilter) -> Int {
        let pattern = Array(filter.pattern)
        let node = tree.insert(pattern.span, &names)
        var entry = Entry(
            filter: filter.string, node: node,
            members: Array(repeating: ShareMembers(), count: shards))
        entry.next = tree.nodes[node].value
        let place = entries.insert(entry)
        tree.setValue(Int32(place), at: node)
        places[filter.string] = place
        return place
    }

    private mutating func remove(_ place: Int) {
        let removed = entries.remove(place)
        places[removed.filter] = nil
        var next = tree.nodes[removed.node].value
        if Int(next) == place {
            tree.setValue(removed.next, at: removed.node)
        } else {
            while next >= 0, Int(entries[Int(next)].next) != place { next = entries[Int(next)].next }
            if next >= 0 { entries[Int(next)].next = removed.next }
        }
        tree.prune(removed.node, &names)
    }
}
