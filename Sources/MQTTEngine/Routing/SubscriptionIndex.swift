import MQTTCodec

/// All subscriptions of a shard: found by topic through a tree of filters, and by session and filter.
struct SubscriptionIndex: ~Copyable {
    private struct Key: Hashable {
        let session: Int
        let node: Int
        let group: Int
    }

    private struct GroupKey: Hashable {
        let node: Int
        let name: MQTTString
    }

    /// A node's `value` is its first plain subscription, its `secondValue` its first group.
    private(set) var tree = TopicTree()
    private var names: LevelNames
    private(set) var subscriptions = Slab<Subscription>()
    var groups = Slab<ShareGroup>()
    private var nextGroup: [Int: Int] = [:]
    private var byKey: [Key: Int] = [:]
    private var byGroupKey: [GroupKey: Int] = [:]

    init(hasher: ByteHash) { names = LevelNames(hasher: hasher) }

    var count: Int { subscriptions.count }

    /// The places of subscriptions that have ever been used; some may be free.
    var places: Range<Int> { subscriptions.places }

    func isTaken(_ index: Int) -> Bool { subscriptions.isTaken(index) }

    /// The subscription that a session has with this very filter.
    func find(_ filter: TopicFilter, session: Int) -> Int? {
        guard let node = node(of: filter) else { return nil }
        var group = -1
        if let name = filter.shareName {
            guard let found = byGroupKey[GroupKey(node: node, name: name)] else { return nil }
            group = found
        }
        return byKey[Key(session: session, node: node, group: group)]
    }

    /// The shared subscription with this very filter.
    func group(of filter: TopicFilter) -> Int? {
        guard let name = filter.shareName, let node = node(of: filter) else { return nil }
        return byGroupKey[GroupKey(node: node, name: name)]
    }

    /// Adds a subscription that does not exist yet.
    mutating func add(
        _ filter: TopicFilter, _ options: SubscriptionOptions, identifier: UInt32, session: Int
    ) -> Int {
        let pattern = Array(filter.pattern)
        let node = tree.insert(pattern.span, &names)
        let group = filter.shareName.map { self.group($0, at: node) } ?? -1
        var subscription = Subscription(
            session: session, node: node, group: group, options: options, identifier: identifier)
        let index: Int
        if group < 0 {
            let first = tree.nodes[node].value
            subscription.next = first
            index = subscriptions.insert(subscription)
            if first >= 0 { subscriptions[Int(first)].previous = Int32(index) }
            tree.setValue(Int32(index), at: node)
        } else {
            index = subscriptions.insert(subscription)
            groups[group].members.append(UInt32(index))
        }
        byKey[Key(session: session, node: node, group: group)] = index
        return index
    }

    /// Replaces options and identifier [MQTT-3.8.4-3].
    mutating func replace(_ index: Int, _ options: SubscriptionOptions, identifier: UInt32) {
        subscriptions[index].options = options
        subscriptions[index].identifier = identifier
    }

    mutating func setPlaceInSession(_ place: Int, of index: Int) {
        subscriptions[index].placeInSession = place
    }

    /// Removes a subscription; the group that it leaves without any member is returned with what was pending.
    ///
    /// - Parameter keepsGroup: whether a group stays without members, since there are others on other shards.
    mutating func remove(_ index: Int, keepsGroup: Bool = false) -> ShareGroup? {
        let subscription = subscriptions.remove(index)
        byKey[Key(session: subscription.session, node: subscription.node, group: subscription.group)] = nil
        if subscription.group >= 0 { return leave(subscription, index, keepsGroup) }
        if subscription.previous >= 0 {
            subscriptions[Int(subscription.previous)].next = subscription.next
        } else {
            tree.setValue(subscription.next, at: subscription.node)
        }
        if subscription.next >= 0 { subscriptions[Int(subscription.next)].previous = subscription.previous }
        tree.prune(subscription.node, &names)
        return nil
    }

    /// The filter of a subscription, as it stood in SUBSCRIBE.
    func filter(of index: Int) -> MQTTString {
        let subscription = subscriptions[index]
        let pattern = tree.path(of: subscription.node, names)
        guard subscription.group >= 0 else { return MQTTString(pattern) }
        return MQTTString(
            Array("$share/".utf8) + groups[subscription.group].name.bytes + [UInt8(ascii: "/")] + pattern)
    }

    /// The filter of a shared subscription, as it stood in SUBSCRIBE.
    func filter(ofGroup group: Int) -> MQTTString {
        MQTTString(
            Array("$share/".utf8) + groups[group].name.bytes + [UInt8(ascii: "/")]
                + tree.path(of: groups[group].node, names))
    }

    /// The filter of a subscription without its share name.
    func pattern(of index: Int) -> [UInt8] { tree.path(of: subscriptions[index].node, names) }

    /// Calls back for every plain subscription and every group whose filter matches the topic.
    func forEachMatch(
        _ topic: Span<UInt8>, subscription: (Int, Subscription) -> Void, group: (Int) -> Void
    ) {
        for node in tree.nodesMatching(topic: topic, names) {
            var next = tree.nodes[node].value
            while next >= 0 {
                let found = subscriptions[Int(next)]
                subscription(Int(next), found)
                next = found.next
            }
            var shared = Int(tree.nodes[node].secondValue)
            while shared >= 0 {
                group(shared)
                shared = nextGroup[shared] ?? -1
            }
        }
    }

    private func node(of filter: TopicFilter) -> Int? {
        let pattern = Array(filter.pattern)
        return tree.find(pattern.span, names)
    }

    private mutating func group(_ name: MQTTString, at node: Int) -> Int {
        let key = GroupKey(node: node, name: name)
        if let group = byGroupKey[key] { return group }
        let group = groups.insert(ShareGroup(name: name, node: node))
        byGroupKey[key] = group
        nextGroup[group] = Int(tree.nodes[node].secondValue)
        tree.setSecondValue(Int32(group), at: node)
        return group
    }

    private mutating func leave(
        _ subscription: Subscription, _ index: Int, _ keepsGroup: Bool
    ) -> ShareGroup? {
        let group = subscription.group
        let place = groups[group].members.firstIndex(of: UInt32(index)) ?? 0
        groups[group].members.remove(at: place)
        if groups[group].turn > place { groups[group].turn -= 1 }
        guard groups[group].members.isEmpty && !keepsGroup else { return nil }
        return removeGroup(group)
    }

    /// The group of a filter, made without members if it is missing.
    mutating func makeGroup(_ filter: TopicFilter) -> Int? {
        guard let name = filter.shareName else { return nil }
        let pattern = Array(filter.pattern)
        return group(name, at: tree.insert(pattern.span, &names))
    }

    /// Removes a group that has no members.
    mutating func removeGroup(_ group: Int) -> ShareGroup {
        let node = groups[group].node
        let following = nextGroup.removeValue(forKey: group) ?? -1
        if Int(tree.nodes[node].secondValue) == group {
            tree.setSecondValue(Int32(following), at: node)
        } else if let before = nextGroup.first(where: { $0.value == group })?.key {
            nextGroup[before] = following
        }
        let ended = groups.remove(group)
        byGroupKey[GroupKey(node: node, name: ended.name)] = nil
        tree.prune(node, &names)
        return ended
    }
}
