/// What tells a row from all others of its table: whose it is, and which.
struct RowKey: Equatable {
    var owner: Int64
    var place: Int64

    init(owner: Int64, place: Int64) {
        self.owner = owner
        self.place = place
    }

    /// An owner itself, or a message, which has no owner.
    init(_ number: Int64) {
        owner = 0
        place = number
    }
}

/// Values by the keys of rows, in one piece of memory: looked up for each operation, and several times. Its keys are
/// numbers that the broker gave, so that two multiplications spread them; a client chooses 16 bits of some.
struct RowTable<Value> {
    private struct Slot {
        var key: RowKey
        var value: Value
    }

    /// nil: free. There is always one that is.
    private var slots: [Slot?] = Array(repeating: nil, count: smallest)
    private(set) var count = 0

    private static var smallest: Int { 64 }

    private var mask: Int { slots.count - 1 }

    subscript(key: RowKey) -> Value? {
        get { slots[find(key)]?.value }
        set {
            let slot = find(key)
            guard let newValue else {
                if slots[slot] != nil { remove(slot) }
                return
            }
            if slots[slot] != nil {
                slots[slot]?.value = newValue
                return
            }
            slots[slot] = Slot(key: key, value: newValue)
            count += 1
            if count > slots.count / 2 { grow() }
        }
    }

    func forEach(_ body: (RowKey, Value) -> Void) {
        guard count > 0 else { return }
        for case .some(let slot) in slots { body(slot.key, slot.value) }
    }

    /// Forgets all. Room for about as many is kept.
    mutating func removeAll() {
        guard count > 0 else { return }
        if count < slots.count / 16 {
            slots = Array(repeating: nil, count: max(Self.smallest, slots.count / 4))
        } else {
            for slot in slots.indices { slots[slot] = nil }
        }
        count = 0
    }

    // MARK: Slots

    private func home(_ key: RowKey) -> Int {
        // Places follow on each other, and so do the operations on them: eight of them are neighbours here, and those
        // of others as far away as anything, for which all bits have to reach the lowest.
        let place = UInt64(bitPattern: key.place)
        var mixed = UInt64(bitPattern: key.owner) &* 0x9E37_79B9_7F4A_7C15 &+ (place >> 3)
        mixed = (mixed ^ mixed >> 32) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: (mixed >> 32) << 3 | place & 7) & mask
    }

    /// Where a key is, or belongs.
    private func find(_ key: RowKey) -> Int {
        var slot = home(key)
        while let taken = slots[slot], taken.key != key { slot = (slot + 1) & mask }
        return slot
    }

    /// What stands behind moves up, so that everything is still found from where it belongs.
    private mutating func remove(_ removed: Int) {
        var gap = removed
        var slot = (gap + 1) & mask
        while let taken = slots[slot] {
            if (slot - home(taken.key)) & mask >= (slot - gap) & mask {
                slots[gap] = taken
                gap = slot
            }
            slot = (slot + 1) & mask
        }
        slots[gap] = nil
        count -= 1
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: nil, count: 2 * old.count)
        for case .some(let slot) in old { slots[find(slot.key)] = slot }
    }
}
