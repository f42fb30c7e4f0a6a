import MQTTCodec

/// The topic aliases of what is sent on one connection, MQTT 5.0 section 3.3.2.3.4. When all are taken, the
/// one that was used longest ago gets the new topic.
struct OutgoingAliases: Sendable {
    private var aliases: [MQTTString: (alias: UInt16, lastUse: UInt64)] = [:]
    private var uses: UInt64 = 0
    /// How many there may be.
    private let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    /// Puts an alias into a packet: in the place of its topic, where the server knows the alias already.
    mutating func apply(to packet: inout Publish) {
        guard maximum > 0, packet.properties.topicAlias == nil else { return }
        uses += 1
        if let known = aliases[packet.topicName] {
            aliases[packet.topicName] = (known.alias, uses)
            packet.topicName = ""
            packet.properties.topicAlias = known.alias
            return
        }
        var alias = UInt16(aliases.count + 1)
        if aliases.count >= maximum, let oldest = aliases.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            alias = oldest.value.alias
            aliases[oldest.key] = nil
        }
        aliases[packet.topicName] = (alias, uses)
        packet.properties.topicAlias = alias
    }
}
