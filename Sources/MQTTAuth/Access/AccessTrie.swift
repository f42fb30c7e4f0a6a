/// Rules by the levels of their filters, so that a decision looks at those alone that its topic leads to.
///
/// Rules are numbers here. All filters hold for all clients but those with placeholders, whose levels are
/// compared once the names of the client are in.
struct AccessTrie: Sendable {
    private struct Node: Sendable {
        var names: [ArraySlice<UInt8>: Int] = [:]
        /// `+`; -1: there is none.
        var anyName = -1
        var templates: [(level: ArraySlice<UInt8>, node: Int)] = []
        var ends: [Int] = []
        /// Those that end here with `#`.
        var rests: [Int] = []
    }

    private var nodes = [Node()]

    /// - Parameter hasPlaceholder: whether `%u` and `%c` are replaced; such a rule must be one that allows.
    mutating func add(_ rule: Int, _ levels: [AccessLevel], hasPlaceholder: Bool) {
        var node = 0
        for level in levels {
            switch level {
            case .anyRest:
                nodes[node].rests.append(rule)
                return
            case .anyName:
                if nodes[node].anyName < 0 { nodes[node].anyName = makeNode() }
                node = nodes[node].anyName
            case .name(let name):
                node =
                    hasPlaceholder && AccessPlaceholder.isIn(name)
                    ? template(name, below: node) : child(name, below: node)
            }
        }
        nodes[node].ends.append(rule)
    }

    private mutating func makeNode() -> Int {
        nodes.append(Node())
        return nodes.count - 1
    }

    private mutating func child(_ name: ArraySlice<UInt8>, below node: Int) -> Int {
        if let known = nodes[node].names[name] { return known }
        let new = makeNode()
        nodes[node].names[name] = new
        return new
    }

    private mutating func template(_ level: ArraySlice<UInt8>, below node: Int) -> Int {
        if let known = nodes[node].templates.first(where: { $0.level == level }) { return known.node }
        let new = makeNode()
        nodes[node].templates.append((level, new))
        return new
    }

    // MARK: Looking up

    /// Calls `body` with all rules that match every topic that `filter` matches.
    func forEachCovering(_ filter: [AccessLevel], _ client: AccessClient, _ body: (Int) -> Void) {
        visitCovering(0, filter, 0, client, body)
    }

    /// Calls `body` with all rules that match a topic that `filter` matches too.
    func forEachOverlapping(_ filter: [AccessLevel], _ client: AccessClient, _ body: (Int) -> Void) {
        visitOverlapping(0, filter, 0, client, body)
    }

    private func visitCovering(
        _ node: Int, _ filter: [AccessLevel], _ place: Int, _ client: AccessClient, _ body: (Int) -> Void
    ) {
        let startsWithDollar = place == 0 && filter.first?.startsWithDollar == true
        // [MQTT-4.7.2-1]: a wildcard at the beginning does not stand for what begins with `$`.
        if !startsWithDollar { nodes[node].rests.forEach(body) }
        guard place < filter.count else { return nodes[node].ends.forEach(body) }
        let anyName = nodes[node].anyName
        switch filter[place] {
        case .anyRest: return
        case .anyName:
            if anyName >= 0 { visitCovering(anyName, filter, place + 1, client, body) }
        case .name(let name):
            if anyName >= 0 && !startsWithDollar { visitCovering(anyName, filter, place + 1, client, body) }
            forEachChild(of: node, named: name, place, client) { child in
                visitCovering(child, filter, place + 1, client, body)
            }
        }
    }

    private func visitOverlapping(
        _ node: Int, _ filter: [AccessLevel], _ place: Int, _ client: AccessClient, _ body: (Int) -> Void
    ) {
        let startsWithDollar = place == 0 && filter.first?.startsWithDollar == true
        if !startsWithDollar { nodes[node].rests.forEach(body) }
        guard place < filter.count else { return nodes[node].ends.forEach(body) }
        let anyName = nodes[node].anyName
        switch filter[place] {
        case .anyRest: visitAll(below: node, isRoot: place == 0, client, body)
        case .anyName:
            if anyName >= 0 { visitOverlapping(anyName, filter, place + 1, client, body) }
            forEachChild(of: node, isRoot: place == 0, client) { child in
                visitOverlapping(child, filter, place + 1, client, body)
            }
        case .name(let name):
            if anyName >= 0 && !startsWithDollar {
                visitOverlapping(anyName, filter, place + 1, client, body)
            }
            forEachChild(of: node, named: name, place, client) { child in
                visitOverlapping(child, filter, place + 1, client, body)
            }
        }
    }

    /// All rules at a node and behind it, but for ``Node/rests`` of the node itself.
    private func visitAll(below node: Int, isRoot: Bool, _ client: AccessClient, _ body: (Int) -> Void) {
        nodes[node].ends.forEach(body)
        func visit(_ child: Int) {
            nodes[child].rests.forEach(body)
            visitAll(below: child, isRoot: false, client, body)
        }
        if nodes[node].anyName >= 0 { visit(nodes[node].anyName) }
        forEachChild(of: node, isRoot: isRoot, client, visit)
    }

    private func forEachChild(
        of node: Int, named name: ArraySlice<UInt8>, _ place: Int, _ client: AccessClient,
        _ body: (Int) -> Void
    ) {
        if let child = nodes[node].names[name] { body(child) }
        for (level, child) in nodes[node].templates where resolved(level, client, isRoot: place == 0) == name
        {
            body(child)
        }
    }

    /// All that have a name. At the beginning those with `$` are kept out, for wildcards do not stand for them.
    private func forEachChild(
        of node: Int, isRoot: Bool, _ client: AccessClient, _ body: (Int) -> Void
    ) {
        let dollar = UInt8(ascii: "$")
        for (name, child) in nodes[node].names where !isRoot || name.first != dollar { body(child) }
        for (level, child) in nodes[node].templates {
            guard let name = resolved(level, client, isRoot: isRoot), !isRoot || name.first != dollar else {
                continue
            }
            body(child)
        }
    }

    private func resolved(
        _ level: ArraySlice<UInt8>, _ client: AccessClient, isRoot: Bool
    ) -> ArraySlice<UInt8>? {
        AccessPlaceholder.replaced(in: level, client, isFirstLevel: isRoot, isDenying: false)
    }
}
