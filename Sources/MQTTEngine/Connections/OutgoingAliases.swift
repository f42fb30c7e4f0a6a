/// The topic aliases that the broker uses towards one client: first come, first served, never replaced.
/// They live and die with the connection [MQTT-3.3.2-7].
final class OutgoingAliases {
    private var table: ByteTable
    private let maximum: UInt16
    private var last: UInt16 = 0

    init(maximum: UInt16, hasher: ByteHash) {
        self.maximum = maximum
        table = ByteTable(hasher: hasher)
    }

    /// The alias that the client knows for a topic.
    func find(_ topic: Span<UInt8>) -> UInt16? { table.find(topic).map { UInt16(truncatingIfNeeded: $0) } }

    /// An alias for a topic that has none, never above the client's maximum [MQTT-3.3.2-11].
    func next() -> UInt16? { last < maximum ? last + 1 : nil }

    /// The client was sent topic and alias together.
    func established(_ topic: Span<UInt8>, _ alias: UInt16) {
        last = alias
        table.set(topic, UInt32(alias))
    }
}
