/// What log lines are about. Each area has a level of its own.
enum LogArea: String, Sendable, CaseIterable {
    /// The program itself, and its listeners.
    case server
    /// Connections and sessions.
    case clients
    /// Subscriptions, refused publishes, drops.
    case messages
    /// Bans, certificates, users and rules.
    case security
    case store
    /// The administration listener, and what operators do.
    case admin

    /// The metadata by which a logger says its area.
    static let key = "area"
}
