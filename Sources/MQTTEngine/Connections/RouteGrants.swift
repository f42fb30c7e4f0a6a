import MQTTCodec

/// Routes that one connection may publish to: the answers of ``PublishGrants`` that allowed something, found by the
/// place of the route, without another look at the topic.
struct RouteGrants {
    /// Routes with the same last bits take each other's place.
    private static var size: Int { 16 }
    private static var bits: UInt64 { 0x3F }

    /// Place and epoch of a route, and a bit for each QoS with and without RETAIN. Empty until there is one.
    private var entries: [UInt64] = []

    @inline(__always)
    private static func key(_ route: Int, _ epoch: UInt32) -> UInt64 {
        UInt64(truncatingIfNeeded: route) << 32 | UInt64(epoch & 0x3FF_FFFF) << 6
    }

    @inline(__always)
    private static func bit(_ qos: QoS, _ retain: Bool) -> UInt64 {
        1 << (UInt64(qos.rawValue) * 2 + (retain ? 1 : 0))
    }

    /// - Parameter epoch: of the cache that the route is in.
    @inline(__always)
    func allows(_ route: Int, _ epoch: UInt32, _ qos: QoS, retain: Bool) -> Bool {
        guard !entries.isEmpty else { return false }
        let entry = entries[route & (Self.size - 1)]
        return entry & ~Self.bits == Self.key(route, epoch) && entry & Self.bit(qos, retain) != 0
    }

    mutating func remember(_ route: Int, _ epoch: UInt32, _ qos: QoS, retain: Bool) {
        if entries.isEmpty { entries = Array(repeating: 0, count: Self.size) }
        let place = route & (Self.size - 1)
        let key = Self.key(route, epoch)
        if entries[place] & ~Self.bits != key { entries[place] = key }
        entries[place] |= Self.bit(qos, retain)
    }

    mutating func removeAll() { entries = [] }
}
