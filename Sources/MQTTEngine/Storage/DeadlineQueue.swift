import HeapModule

/// What is due when, earliest first. An entry is never taken out early: whoever it is about decides, when
/// it comes, whether it still means anything.
struct DeadlineQueue {
    /// What becomes due.
    enum Kind: UInt8 {
        case connect, keepAlive, sessionExpiry, will, slowReader, publisherHold, retainedExpiry, systemTopics,
            rate, authentication
    }

    struct Deadline: Comparable {
        var at: Instant
        var kind: Kind
        var slot: UInt32
        var generation: UInt32

        static func < (left: Self, right: Self) -> Bool { left.at < right.at }
        static func == (left: Self, right: Self) -> Bool { left.at == right.at }
    }

    private var heap = Heap<Deadline>()

    var next: Instant? { heap.min?.at }

    mutating func add(_ kind: Kind, at moment: Instant, slot: Int = 0, generation: UInt32 = 0) {
        heap.insert(Deadline(at: moment, kind: kind, slot: UInt32(slot), generation: generation))
    }

    /// The earliest entry, if it is due.
    mutating func popDue(_ now: Instant) -> Deadline? {
        guard let first = heap.min, first.at <= now else { return nil }
        return heap.removeMin()
    }
}
