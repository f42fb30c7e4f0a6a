import MQTTCodec

/// How much is promised of messages, by their topics. What belongs to sessions, which are sessions themselves,
/// subscriptions, wills and packet identifiers, always follows ``general``.
public struct DurabilityByTopic: Sendable, Equatable {
    /// For messages on topics.
    public struct Rule: Sendable, Equatable {
        public var filter: TopicFilter
        public var durability: Durability

        public init(_ filter: TopicFilter, _ durability: Durability) {
            self.filter = filter
            self.durability = durability
        }
    }

    /// Where no rule says otherwise.
    public var general = Durability.synced
    /// The first that matches counts. Without effect where ``general`` is ``Durability/memory``: there is no store.
    public var rules: [Rule] = []

    public init() {}

    /// What holds for messages on a topic. Slow: asked once for each route.
    func callAsFunction(_ topic: Span<UInt8>) -> Durability {
        guard !rules.isEmpty else { return general }
        let name = MQTTString(copying: topic)
        return rules.first { $0.filter.matches(name) }?.durability ?? general
    }
}
