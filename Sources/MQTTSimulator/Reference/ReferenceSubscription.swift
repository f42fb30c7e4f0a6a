import MQTTCodec

/// A subscription of a session.
struct ReferenceSubscription {
    let filter: TopicFilter
    let options: SubscriptionOptions
    let identifier: Int?
}
