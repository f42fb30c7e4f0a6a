/// A dictionary with a bound: when it is full, what was touched least recently makes room.
struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var places: [Key: Int] = [:]
    /// A ring by `next` and `previous`, the least recent first.
    private var slots: [Slot] = []
    private var oldest = 0
    private let capacity: Int

    private struct Slot: Sendable {
        var key: Key
        var value: Value
        var previous: Int
        var next: Int
    }

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { slots.count }

    var entries: [(key: Key, value: Value)] { slots.map { ($0.key, $0.value) } }

    /// Does not count as a touch.
    func value(_ key: Key) -> Value? { places[key].map { slots[$0].value } }

    /// Changes a value, or one that begins as `standard`.
    mutating func change<Result>(
        _ key: Key, _ standard: @autoclosure () -> Value, _ body: (inout Value) -> Result
    ) -> Result {
        let place = touch(key) ?? insert(key, standard())
        return body(&slots[place].value)
    }

    private mutating func touch(_ key: Key) -> Int? {
        guard let place = places[key] else { return nil }
        // The oldest of a ring becomes its newest when the next one becomes the oldest.
        if place == oldest {
            oldest = slots[place].next
        } else {
            slots[slots[place].previous].next = slots[place].next
            slots[slots[place].next].previous = slots[place].previous
            link(place)
        }
        return place
    }

    private mutating func insert(_ key: Key, _ value: Value) -> Int {
        guard slots.count < capacity else {
            let place = oldest
            places[slots[place].key] = nil
            places[key] = place
            slots[place].key = key
            slots[place].value = value
            oldest = slots[place].next
            return place
        }
        let place = slots.count
        slots.append(Slot(key: key, value: value, previous: place, next: place))
        places[key] = place
        if place > 0 { link(place) }
        return place
    }

    /// Puts a slot between the newest and the oldest.
    private mutating func link(_ place: Int) {
        let newest = slots[oldest].previous
        slots[place].previous = newest
        slots[place].next = oldest
        slots[newest].next = place
        slots[oldest].previous = place
    }
}
