/// A set of packet identifiers: the QoS 2 messages that came from a client and were not yet released.
///
/// Bits in pages of 1,024, which exist only where a bit is set.
struct PacketIdentifierSet {
    private struct Page {
        var words = [UInt64](repeating: 0, count: 16)
        var count = 0

        mutating func set(_ identifier: UInt16) {
            words[Int(identifier & 1023) >> 6] |= 1 << UInt64(identifier & 63)
            count += 1
        }

        mutating func clear(_ identifier: UInt16) {
            words[Int(identifier & 1023) >> 6] &= ~(1 << UInt64(identifier & 63))
            count -= 1
        }
    }

    private var pages: [UInt16: Page] = [:]
    private(set) var count = 0

    func contains(_ identifier: UInt16) -> Bool {
        guard let page = pages[identifier >> 10] else { return false }
        return page.words[Int(identifier & 1023) >> 6] & 1 << UInt64(identifier & 63) != 0
    }

    /// Whether it was new.
    mutating func insert(_ identifier: UInt16) -> Bool {
        guard !contains(identifier) else { return false }
        pages[identifier >> 10, default: Page()].set(identifier)
        count += 1
        return true
    }

    /// Whether it was there.
    mutating func remove(_ identifier: UInt16) -> Bool {
        guard contains(identifier) else { return false }
        let key = identifier >> 10
        pages[key]?.clear(identifier)
        count -= 1
        // The last page stays: a client that goes on will need one.
        if pages.count > 1, pages[key]?.count == 0 { pages[key] = nil }
        return true
    }

    /// In ascending order.
    var all: [UInt16] { (1...65_535).filter { contains($0) } }
}
