import MQTTCodec

/// Where the sessions are whose client identifiers have their home on this shard. Claims to one session are
/// dealt with one after the other.
struct ClientDirectory: ~Copyable {
    private struct Entry {
        /// -1: nobody has a session of that name.
        var owner: Int
        /// Whether a claim is being dealt with.
        var isBusy = false
        var waiting: [ClientClaim] = []
    }

    /// What has to happen for a claim.
    enum Step {
        /// Nothing stands in the way: the claimant may go on.
        case grant(ClientClaim)
        /// The owner has to give the session up.
        case surrender(ClientClaim, owner: Int)
    }

    private var entries: [MQTTString: Entry] = [:]

    var count: Int { entries.count }

    /// nil: the claim waits until those before it are settled.
    mutating func claimed(_ claim: ClientClaim) -> Step? {
        var entry = entries[claim.clientIdentifier] ?? Entry(owner: -1)
        defer { entries[claim.clientIdentifier] = entry }
        guard !entry.isBusy else {
            entry.waiting.append(claim)
            return nil
        }
        entry.isBusy = true
        return step(claim, entry.owner)
    }

    /// A claim is dealt with; returns what the next one needs.
    ///
    /// - Parameter owner: who has the session now; -1: nobody.
    mutating func settled(_ clientIdentifier: MQTTString, owner: Int) -> Step? {
        guard var entry = entries[clientIdentifier] else { return nil }
        entry.owner = owner
        guard !entry.waiting.isEmpty else {
            entry.isBusy = false
            entries[clientIdentifier] = owner < 0 ? nil : entry
            return nil
        }
        let next = entry.waiting.removeFirst()
        entries[clientIdentifier] = entry
        return step(next, owner)
    }

    /// A session is where it was restored to.
    mutating func restored(_ clientIdentifier: MQTTString, owner: Int) {
        entries[clientIdentifier] = Entry(owner: owner)
    }

    /// A session has ended. While a claim to it is being dealt with, that decides what becomes of the name.
    mutating func ended(_ clientIdentifier: MQTTString, owner: Int) {
        guard let entry = entries[clientIdentifier], !entry.isBusy, entry.owner == owner else { return }
        entries[clientIdentifier] = nil
    }

    private func step(_ claim: ClientClaim, _ owner: Int) -> Step {
        owner < 0 || owner == claim.shard ? .grant(claim) : .surrender(claim, owner: owner)
    }
}
