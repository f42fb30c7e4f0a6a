import MQTTCodec

/// One shared subscription that several shards had messages for: each with a row of its own. Where it comes back,
/// it has one again, and what waited for the others waits behind.
struct GroupJoin {
    let from: Int64
    let into: Int64
    /// What is added to the places of the rows that change their owner.
    let offset: Int64
}

extension StoredState {
    /// The same with one row for each shared subscription, and how it comes to that.
    ///
    /// - Returns: also the messages of what waits in another place then.
    func joiningGroups() -> (StoredState, [GroupJoin], moved: [Int64]) {
        var mains: [MQTTString: Int64] = [:]
        var others: [(from: Int64, into: Int64)] = []
        for (id, filter) in groups.sorted(by: { $0.id < $1.id }) {
            if let main = mains[filter] { others.append((id, main)) } else { mains[filter] = id }
        }
        guard !others.isEmpty else { return (self, [], []) }
        var state = self
        var joins: [GroupJoin] = []
        let owners = Set(others.map(\.from))
        let moved = deliveries.filter { owners.contains($0.owner) }.map(\.1.message)
        for (from, into) in others { joins.append(state.join(from, into)) }
        return (state, joins, moved)
    }

    private mutating func join(_ from: Int64, _ into: Int64) -> GroupJoin {
        groups.removeAll { $0.id == from }
        var queue = queues.first { $0.owner == into }
        let onDisk = queues.first { $0.owner == from }
        queues.removeAll { $0.owner == into || $0.owner == from }
        var last = queue?.through ?? 0
        for (owner, row) in deliveries where owner == into { last = max(last, row.order) }
        // All of it is on the disk alone from now on, and read in its turn.
        let heads = deliveries.filter { $0.owner == from }.map(\.1.order)
        deliveries.removeAll { $0.owner == from }
        let first = min(heads.first ?? .max, onDisk.map { $0.after + 1 } ?? .max)
        let end = max(heads.last ?? .min, onDisk?.through ?? .min)
        let offset = first == .max ? 0 : last + 1 - first
        if first != .max {
            queue = StoredQueue(
                owner: into, after: queue?.after ?? last, through: end + offset,
                count: heads.count + (onDisk?.count ?? 0) + (queue?.count ?? 0),
                bytes: (onDisk?.bytes ?? 0) + (queue?.bytes ?? 0))
        }
        if let queue { queues.append(queue) }
        return GroupJoin(from: from, into: into, offset: offset)
    }
}
