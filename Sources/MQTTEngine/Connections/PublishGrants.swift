import MQTTCodec

/// What one connection may publish, as far as it was asked: answers of the ``Authorizer``, by topic.
final class PublishGrants {
    /// Beyond it the memory begins anew.
    private static let capacity = 1_024

    private var table: ByteTable

    init(hasher: ByteHash) { table = ByteTable(hasher: hasher) }

    /// nil: not asked yet.
    func find(_ topic: Span<UInt8>, _ qos: QoS, retain: Bool) -> Bool? {
        guard let bits = table.find(topic) else { return nil }
        let answer = bits >> Self.shift(qos, retain) & 3
        return answer == 0 ? nil : answer == 1
    }

    func remember(_ topic: Span<UInt8>, _ qos: QoS, retain: Bool, _ isAllowed: Bool) {
        if table.count >= Self.capacity { table.removeAll() }
        let bits = table.find(topic) ?? 0
        table.set(topic, bits | (isAllowed ? 1 : 2) << Self.shift(qos, retain))
    }

    private static func shift(_ qos: QoS, _ retain: Bool) -> UInt32 {
        UInt32(qos.rawValue) * 4 + (retain ? 2 : 0)
    }
}
