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
    func nodesMatching(filter: Span<UInt8>, _ names: borrowing LevelNames) -> [Int] {
        var current = [Self.root]
        var start = 0
        while start <= filter.count {
            var end = start
            while end < filter.count && filter[end] != UInt8(ascii: "/") { end += 1 }
            let level = names.find(filter.extracting(start..<end))
            if level == LevelNames.multiLevelWildcard {
                return current.flatMap { withDescendants($0, names) }
            }
            var following: [Int] = []
            for node in current {
                if level == LevelNames.singleLevelWildcard {
                    forEachChild(of: node) { child in
                        if node != Self.root || !names.beginsWithDollar(nodes[child].level) {
                            following.append(child)
                        }
                    }
                } else if level != LevelNames.unknown, let exact = child(of: node, level) {
                    following.append(exact)
                }
            }
            current = following
            start = end + 1
        }
        return current.filter { nodes[$0].value >= 0 }
    }

    /// A node and all below it that have a value; below the root without what begins with `$`.
    private func withDescendants(_ start: Int, _ names: borrowing LevelNames) -> [Int] {
        var found: [Int] = []
        var open = [start]
        while let node = open.popLast() {
            if nodes[node].value >= 0 { found.append(node) }
            forEachChild(of: node) { child in
                if node != Self.root || !names.beginsWithDollar(nodes[child].level) { open.append(child) }
            }
        }
        return found
    }

    private func forEachChild(of node: Int, _ body: (Int) -> Void) {
        var child = nodes[node].firstChild
        while child >= 0 {
            body(Int(child))
            child = nodes[Int(child)].next
        }
    }
}
