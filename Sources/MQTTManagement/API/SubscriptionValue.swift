import MQTTBroker

/// A subscription.
struct SubscriptionValue: AdminValue {
    var client: String
    /// With `$share/{ShareName}/` where it is shared.
    var filter: String
    var qos: Int
    var noLocal: Bool
    var retainAsPublished: Bool
    var retainHandling: Int
    var identifier: UInt32?

    static let example = Self(
        client: "phone-17", filter: "house/#", qos: 1, noLocal: false, retainAsPublished: true,
        retainHandling: 0, identifier: 7)
}

extension SubscriptionValue {
    init(_ subscription: SubscriptionSummary) {
        client = subscription.clientIdentifier.description
        filter = subscription.filter.description
        qos = Int(subscription.options.qos.rawValue)
        noLocal = subscription.options.noLocal
        retainAsPublished = subscription.options.retainAsPublished
        retainHandling = Int(subscription.options.retainHandling.rawValue)
        identifier = subscription.identifier == 0 ? nil : subscription.identifier
    }
}

/// A page of subscriptions.
struct SubscriptionPage: AdminValue {
    var items: [SubscriptionValue]
    /// For `after`, to get the next page.
    var next: String?

    static let example = Self(items: [.example], next: "0.100")
}
