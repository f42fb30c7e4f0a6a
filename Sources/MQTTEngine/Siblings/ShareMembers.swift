/// How many members a shared subscription has on one shard.
struct ShareMembers: Sendable, Equatable {
    /// Whose clients are connected.
    var connected = 0
    var all = 0
    /// Whether messages are kept for one of them while nobody can take them.
    var isStoring = false
}
