/// The packet identifiers that a client gives out, MQTT 5.0 section 2.2.1: one pool for PUBLISH, SUBSCRIBE
/// and UNSUBSCRIBE.
struct PacketIdentifiers: Sendable {
    private var used: Set<UInt16> = []
    private var last: UInt16 = 0

    /// One that is not in use; nil when all 65,535 are.
    mutating func take() -> UInt16? {
        guard used.count < 65_535 else { return nil }
        repeat { last = last == .max ? 1 : last + 1 } while used.contains(last)
        used.insert(last)
        return last
    }

    mutating func free(_ identifier: UInt16) { used.remove(identifier) }
}
