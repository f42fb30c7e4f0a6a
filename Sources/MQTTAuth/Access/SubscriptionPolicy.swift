/// What happens to a subscription that matches more than its client may receive.
public enum SubscriptionPolicy: String, Sendable, Hashable, CaseIterable {
    /// It is refused: the client learns at once that it would not get everything.
    case refuse
    /// It is granted where something of it is allowed, and what is not allowed is left out. Shared
    /// subscriptions are refused even so: what one member may not receive would be lost for all.
    case filter
}
