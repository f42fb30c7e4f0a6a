/// What becomes of a store's file that is found damaged when the broker starts.
public enum DamagePolicy: String, Sendable, CaseIterable {
    /// It is renamed, with its log, to `martlet.sqlite3.damaged`, and a new one begun.
    case setAside = "set-aside"
    /// It stays where it is, and the broker does not start.
    case refuse
}
