import MQTTCodec

/// A subscription of one session, MQTT 5.0 section 3.8.3.
struct Subscription {
    let session: Int
    /// Its filter's node in the tree of filters.
    let node: Int
    /// The shared subscription that it is a part of; -1: none.
    let group: Int
    /// The granted QoS among them [MQTT-3.8.4-7].
    var options: SubscriptionOptions
    /// 0: none.
    var identifier: UInt32
    /// Neighbours among the subscriptions of the same node, or of the same group.
    var next: Int32 = -1
    var previous: Int32 = -1
    /// Whether retained messages are still being sent for it, as far as the store knows.
    var isReplaying = false
    /// Its place in the session's list.
    var placeInSession = 0
}
