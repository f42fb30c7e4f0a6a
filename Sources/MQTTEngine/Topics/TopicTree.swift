/// A tree of topic levels: of filters, with subscriptions at its nodes, or of topics, with their retained
/// messages. Flat: nodes by number, all children in one table.
struct TopicTree: ~Copyable {
    struct Node {
        let parent: UInt32
        let level: UInt32
        var firstChild: Int32 = -1
        var next: Int32 = -1
        var previous: Int32 = -1
        /// What the owner of the tree keeps here; -1: nothing. A node with neither value nor child is removed.
        var value: Int32 = -1
        var secondValue: Int32 = -1
    }

    static let root = 0

    private(set) var nodes = Slab<Node>()
    private var children: [UInt64: UInt32] = [:]

    init() { _ = nodes.insert(Node(parent: 0, level: 0)) }

    /// The node of a filter or topic, made if it is missing.
    mutating func insert(_ path: Span<UInt8>, _ names: inout LevelNames) -> Int {
        var node = Self.root
        var start = 0
        while start <= path.count {
            var end = start
            while end < path.count && path[end] != UInt8(ascii: "/") { end += 1 }
            let name = path.extracting(start..<end)
            if let next = child(of: node, names.find(name)) {
                node = next
            } else {
                node = addChild(to: node, names.use(name))
            }
            start = end + 1
        }
        return node
    }

    /// The node of a filter or topic.
    func find(_ path: Span<UInt8>, _ names: borrowing LevelNames) -> Int? {
        var node = Self.root
        var start = 0
        while start <= path.count {
            var end = start
            while end < path.count && path[end] != UInt8(ascii: "/") { end += 1 }
            guard let next = child(of: node, names.find(path.extracting(start..<end))) else { return nil }
            node = next
            start = end + 1
        }
        return node
    }

    func child(of node: Int, _ level: UInt32) -> Int? {
        children[UInt64(node) << 32 | UInt64(level)].map(Int.init)
    }

    /// Removes a node that has become empty, and its ancestors with it.
    mutating func prune(_ start: Int, _ names: inout LevelNames) {
        var index = start
        while index != Self.root {
            let node = nodes[index]
            guard node.value < 0 && node.secondValue < 0 && node.firstChild < 0 else { return }
            let parent = Int(node.parent)
            if node.previous >= 0 {
                nodes[Int(node.previous)].next = node.next
            } else {
                nodes[parent].firstChild = node.next
            }
            if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
            children[UInt64(parent) << 32 | UInt64(node.level)] = nil
            names.release(node.level)
            nodes.remove(index)
            index = parent
        }
    }

    /// The path of a node, as it stood in the filter or topic.
    func path(of node: Int, _ names: borrowing LevelNames) -> [UInt8] {
        var levels: [UInt32] = []
        var index = node
        while index != Self.root {
            levels.append(nodes[index].level)
            index = Int(nodes[index].parent)
        }
        var path: [UInt8] = []
        for level in levels.reversed() {
            path += names.bytes(of: level)
            path.append(UInt8(ascii: "/"))
        }
        path.removeLast()
        return path
    }

    mutating func setValue(_ value: Int32, at node: Int) { nodes[node].value = value }

    mutating func setSecondValue(_ value: Int32, at node: Int) { nodes[node].secondValue = value }

    private mutating func addChild(to parent: Int, _ level: UInt32) -> Int {
        let sibling = nodes[parent].firstChild
        let index = nodes.insert(Node(parent: UInt32(parent), level: level, next: sibling))
        if sibling >= 0 { nodes[Int(sibling)].previous = Int32(index) }
        nodes[parent].firstChild = Int32(index)
        children[UInt64(parent) << 32 | UInt64(level)] = UInt32(index)
        return index
    }
}
