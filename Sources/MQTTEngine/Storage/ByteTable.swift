/// A hash table from bytes to numbers that is asked with a span: no allocation, no copy, no `String`.
///
/// Open addressing with linear probing; a removal moves its followers up, so that there are no tombstones.
struct ByteTable: ~Copyable {
    private struct Slot {
        var hash: UInt64 = 0
        /// The key's place in `keys`; -1: free.
        var key: Int32 = -1
        var value: UInt32 = 0
    }

    private let hasher: ByteHash
    private var slots: [Slot]
    private var keys = Slab<OwnedBytes>()

    var count: Int { keys.count }

    init(hasher: ByteHash) {
        self.hasher = hasher
        slots = Array(repeating: Slot(), count: 16)
    }

    /// The value of a key.
    @inline(__always)
    func find(_ key: Span<UInt8>) -> UInt32? {
        guard let index = index(of: key, hasher.hash(key)) else { return nil }
        return slots[index].value
    }

    /// Sets the value of a key, which is copied if it is new.
    mutating func set(_ key: Span<UInt8>, _ value: UInt32) {
        let hash = hasher.hash(key)
        if let index = index(of: key, hash) {
            slots[index].value = value
            return
        }
        if (count + 1) * 4 > slots.count * 3 { grow() }
        let place = keys.insert(OwnedBytes(capacity: key.count) { $0.append(key) })
        put(Slot(hash: hash, key: Int32(place), value: value))
    }

    @discardableResult
    mutating func remove(_ key: Span<UInt8>) -> UInt32? {
        guard var hole = index(of: key, hasher.hash(key)) else { return nil }
        let removed = slots[hole]
        keys.remove(Int(removed.key))
        let mask = slots.count - 1
        var next = (hole + 1) & mask
        while slots[next].key >= 0 {
            let home = Int(truncatingIfNeeded: slots[next].hash) & mask
            // Move up whatever would not be found any more behind the hole.
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = Slot()
        return removed.value
    }

    mutating func removeAll() {
        slots = Array(repeating: Slot(), count: 16)
        keys = Slab()
    }

    /// Calls `body` with every key and value, in no order.
    func forEach(_ body: (Span<UInt8>, UInt32) -> Void) {
        for slot in slots where slot.key >= 0 { body(keys[Int(slot.key)].span, slot.value) }
    }

    @inline(__always)
    private func index(of key: Span<UInt8>, _ hash: UInt64) -> Int? {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot.key < 0 { return nil }
            if slot.hash == hash && keys[Int(slot.key)].span.hasSameBytes(as: key) { return index }
            index = (index + 1) & mask
        }
    }

    private mutating func put(_ slot: Slot) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: slot.hash) & mask
        while slots[index].key >= 0 { index = (index + 1) & mask }
        slots[index] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: old.count * 2)
        for slot in old where slot.key >= 0 { put(slot) }
    }
}

extension Span where Element == UInt8 {
    /// Byte for byte: topics are compared without any normalisation [MQTT-4.7.3-4].
    @inline(__always)
    func hasSameBytes(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                var offset = 0
                let count = left.count
                while offset + 8 <= count {
                    let a = unsafe left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    let b = unsafe right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    if a != b { return false }
                    offset += 8
                }
                while offset < count {
                    if unsafe left[offset] != right[offset] { return false }
                    offset += 1
                }
                return true
            }
        }
    }
}
