/// Finds messages by their numbers in the store. It holds their places alone.
struct MessageTable {
    /// Places, plus one; 0: free.
    private var slots: [UInt32] = []
    private(set) var count = 0

    func find(_ id: Int64, in messages: borrowing Slab<Message>) -> Int? {
        guard count > 0 else { return nil }
        let mask = slots.count - 1
        var slot = Self.home(id, mask)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if messages[place].id == id { return place }
            slot = (slot + 1) & mask
        }
        return nil
    }

    mutating func insert(_ place: Int, in messages: borrowing Slab<Message>) {
        if (count + 1) * 4 > slots.count * 3 { grow(messages) }
        put(place, messages[place].id)
        count += 1
    }

    mutating func remove(_ place: Int, in messages: borrowing Slab<Message>) {
        guard count > 0 else { return }
        let mask = slots.count - 1
        var gap = Self.home(messages[place].id, mask)
        while slots[gap] != UInt32(place) + 1 {
            guard slots[gap] != 0 else { return }
            gap = (gap + 1) & mask
        }
        count -= 1
        // Those behind it move up where the gap would hide them.
        var next = (gap + 1) & mask
        while slots[next] != 0 {
            let home = Self.home(messages[Int(slots[next]) - 1].id, mask)
            if (next - home) & mask >= (next - gap) & mask {
                slots[gap] = slots[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        slots[gap] = 0
        if count == 0 { slots = [] }
    }

    private mutating func put(_ place: Int, _ id: Int64) {
        let mask = slots.count - 1
        var slot = Self.home(id, mask)
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(place) + 1
    }

    private mutating func grow(_ messages: borrowing Slab<Message>) {
        let old = slots
        slots = Array(repeating: 0, count: max(64, old.count * 2))
        for entry in old where entry != 0 { put(Int(entry) - 1, messages[Int(entry) - 1].id) }
    }

    private static func home(_ id: Int64, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: (UInt64(bitPattern: id) &* 0x9E37_79B9_7F4A_7C15) >> 20) & mask
    }
}
