import MQTTCodec

/// A session on its way from one shard to another, with all that it has.
struct TravellingSession: Sendable {
    struct Subscription: Sendable {
        let filter: MQTTString
        let options: SubscriptionOptions
        let identifier: UInt32
        /// Where its retained messages were not all sent: the others.
        let replaying: Replaying?
    }

    /// Retained messages that are still to be sent, in the way in which they were asked for: the subscription may
    /// have been made anew since, with other options and without them.
    struct Replaying: Sendable {
        let topics: [MQTTString]
        let qos: QoS
        let identifiers: SubscriptionIdentifiers
    }

    let clientIdentifier: MQTTString
    let userName: MQTTString?
    let version: ProtocolVersion
    let id: Int64
    let nextOrder: Int64
    let expiryInterval: UInt32
    let expiresAt: Instant?
    let will: Will?
    let willDueAt: Instant?
    let subscriptions: [Subscription]
    let received: PacketIdentifierSet
    /// What its deliveries call messages and groups are places in `messages` and `groups`.
    var inFlight: InFlightWindow
    let queue: DeliveryQueue
    /// The filters of the shared subscriptions that deliveries came through.
    let groups: [MQTTString]
    let messages: [Message]
}
