import MQTTCodec

/// What of a store's contents is one shard's to restore. Every number in a store names the shard that gave it
/// (see ``Siblings/giver(of:)``): sessions come back there, and shared subscriptions where their first member
/// does. Messages in memory that another shard gave its number get new ones.
struct RestoreShare {
    private let own: Int
    private let isAlone: Bool
    /// Where sessions and shared subscriptions come back.
    private var homes: [Int64: Int] = [:]
    /// The first shard with a member, by filter.
    private var groups: [MQTTString: Int] = [:]
    /// Messages that are used in memory, here and anywhere.
    private var usedHere: Set<Int64> = []
    private var used: Set<Int64> = []

    /// - Parameter moved: messages of deliveries that are on the disk alone from now on, which the store hears of from
    ///   whichever shard it is.
    init(_ state: StoredState, moved: [Int64], _ siblings: borrowing Siblings) {
        own = siblings.place.index
        isAlone = siblings.place.isAlone
        guard !isAlone else { return }
        for session in state.sessions { homes[session.id] = siblings.giver(of: session.id) }
        for (session, subscription) in state.subscriptions {
            guard let home = homes[session] else { continue }
            groups[subscription.filter] = min(groups[subscription.filter] ?? .max, home)
        }
        for (id, filter) in state.groups { homes[id] = groups[filter] }
        for (owner, delivery) in state.deliveries {
            used.insert(delivery.message)
            if homes[owner] == own { usedHere.insert(delivery.message) }
        }
        used.formUnion(moved)
        for (_, message) in state.retained {
            used.insert(message)
            usedHere.insert(message)
        }
    }

    /// Whether rows of an owner are this shard's matter. What belongs to nobody is the first shard's, which
    /// removes it.
    func isOwn(owner: Int64) -> Bool { isAlone || homes[owner] ?? 0 == own }

    func isOwn(group filter: MQTTString) -> Bool { isAlone || groups[filter] ?? 0 == own }

    func isUsedHere(_ message: Int64) -> Bool { isAlone || usedHere.contains(message) }

    /// Whether nobody has a message in memory. Queues on the disk may still refer to it.
    func isUnused(_ message: Int64) -> Bool { isAlone || !used.contains(message) }
}
