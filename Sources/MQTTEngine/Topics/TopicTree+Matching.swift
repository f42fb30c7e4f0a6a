extension TopicTree {
    /// The nodes whose filters match a topic: of a tree of filters.
    ///
    /// Leading wildcards do not match a topic that begins with `$` [MQTT-4.7.2-1].
    func nodesMatching(topic: Span<UInt8>, _ names: borrowing LevelNames) -> [Int] {
        var levels: [UInt32] = []
        var start = 0
        while start <= topic.count {
            var end = start
            while end < topic.count && topic[end] != UInt8(ascii: "/") { end += 1 }
            levels.append(names.find(topic.extracting(start..<end)))
            start = end + 1
        }
        var matches: [Int] = []
        collect(Self.root, levels[...], hidden: topic[0] == UInt8(ascii: "$"), &matches)
        return matches
    }

    private func collect(_ node: Int, _ levels: ArraySlice<UInt32>, hidden: Bool, _ matches: inout [Int]) {
        if !hidden, let all = child(of: node, LevelNames.multiLevelWildcard) { matches.append(all) }
        guard let level = levels.first else {
            matches.append(node)
            return
        }
        if !hidden, let any = child(of: node, LevelNames.singleLevelWildcard) {
            collect(any, levels.dropFirst(), hidden: false, &matches)
        }
        if level != LevelNames.unknown, let exact = child(of: node, level) {
            collect(exact, levels.dropFirst(), hidden: false, &matches)
        }
    }

    /// The nodes with a value whose topics match a filter: of a tree of topics.
    ///
    /// - Parameter most: how many nodes may be looked at; nil: there are more.
    func nodesMatching(filter: Span<UInt8>, _ names: borrowing LevelNames, most: Int) -> [Int]? {
        var left = most
        var current = [Self.root]
        for level in Self.levels(of: filter, names) {
            if level == LevelNames.multiLevelWildcard { return withDescendants(current, names, &left) }
            var following: [Int] = []
            for node in current {
                if level == LevelNames.singleLevelWildcard {
                    guard addChildren(of: node, names, to: &following, &left) else { return nil }
                } else if level != LevelNames.unknown, let exact = child(of: node, level) {
                    following.append(exact)
                }
            }
            current = following
        }
        return current.filter { nodes[$0].value >= 0 }
    }

    /// The numbers of a filter's levels, which last until a name goes.
    static func levels(of filter: Span<UInt8>, _ names: borrowing LevelNames) -> [UInt32] {
        var levels: [UInt32] = []
        var start = 0
        while start <= filter.count {
            var end = start
            while end < filter.count && filter[end] != UInt8(ascii: "/") { end += 1 }
            levels.append(names.find(filter.extracting(start..<end)))
            start = end + 1
        }
        return levels
    }

    /// Whether the topic of a node matches a filter, from its end to its beginning.
    func matches(_ start: Int, _ filter: [UInt32], _ names: borrowing LevelNames) -> Bool {
        var depth = 0
        var node = start
        while node != Self.root {
            depth += 1
            node = Int(nodes[node].parent)
        }
        let isOpen = filter.last == LevelNames.multiLevelWildcard
        let fixed = isOpen ? filter.count - 1 : filter.count
        guard isOpen ? depth >= fixed : depth == fixed else { return false }
        node = start
        while depth > 0 {
            depth -= 1
            let level = nodes[node].level
            let wanted = depth < fixed ? filter[depth] : LevelNames.multiLevelWildcard
            let isWild = wanted == LevelNames.singleLevelWildcard || wanted == LevelNames.multiLevelWildcard
            guard isWild ? depth > 0 || !names.beginsWithDollar(level) : wanted == level else { return false }
            node = Int(nodes[node].parent)
        }
        return true
    }

    /// Nodes and all below them that have a value; below the root without what begins with `$`.
    private func withDescendants(
        _ start: [Int], _ names: borrowing LevelNames, _ left: inout Int
    ) -> [Int]? {
        var found: [Int] = []
        var open = start
        while let node = open.popLast() {
            if nodes[node].value >= 0 { found.append(node) }
            guard addChildren(of: node, names, to: &open, &left) else { return nil }
        }
        return found
    }

    /// false: there are more than may be looked at.
    private func addChildren(
        of node: Int, _ names: borrowing LevelNames, to list: inout [Int], _ left: inout Int
    ) -> Bool {
        var child = nodes[node].firstChild
        while child >= 0 {
            guard left > 0 else { return false }
            left -= 1
            if node != Self.root || !names.beginsWithDollar(nodes[Int(child)].level) {
                list.append(Int(child))
            }
            child = nodes[Int(child)].next
        }
        return true
    }
}
