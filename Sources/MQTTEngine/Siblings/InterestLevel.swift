/// How much a shard cares for the messages of a filter.
enum InterestLevel: UInt8, Sendable {
    case none
    case some
    /// A stored session has subscribed at QoS 1 or 2: whoever publishes has to wait until it is stored there.
    case durable
}
