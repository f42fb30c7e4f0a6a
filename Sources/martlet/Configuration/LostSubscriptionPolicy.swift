/// What happens to a connected client that loses the right to one of its subscriptions.
enum LostSubscriptionPolicy: String, CaseIterable {
    /// It is disconnected, and so learns of it.
    case disconnect
    /// The subscription ends, and the client is not told: MQTT has no way to.
    case unsubscribe
}
