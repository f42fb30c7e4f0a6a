import DequeModule

/// What waits for a session or a shared subscription, in order: `front` in memory, then what is on the disk
/// alone, then `back` in memory. Short queues are all `front`.
///
/// `back` takes what comes while the last part on the disk is being read: a client that takes its messages
/// faster than they come leaves the disk behind.
struct DeliveryQueue {
    private(set) var front = Deque<Delivery>()
    var disk = DiskQueue()
    private(set) var back = Deque<Delivery>()
    /// All together.
    private(set) var count = 0
    var bytes = 0

    var isEmpty: Bool { count == 0 }

    /// The next to go; nil: none, or it has to be read first.
    var first: Delivery? { front.first }

    var countInMemory: Int { front.count + back.count }
    var bytesInMemory: Int { bytes - disk.bytes }

    /// The first deliveries, without what has to be read first.
    func prefix(_ limit: Int) -> Deque<Delivery>.SubSequence { front.prefix(limit) }

    /// Puts a delivery behind the others. One without a row cannot wait behind the disk's for long: it would be
    /// the only one of its kind there.
    mutating func append(_ delivery: Delivery, size: Int) {
        if disk.isEmpty || delivery.row.order == 0 { front.append(delivery) } else { back.append(delivery) }
        count += 1
        bytes += size
    }

    mutating func prepend(_ delivery: Delivery, size: Int) {
        front.prepend(delivery)
        count += 1
        bytes += size
    }

    mutating func removeFirst(size: Int) {
        front.removeFirst()
        count -= 1
        bytes -= size
    }

    /// Takes what matches out of what is in memory, in order; `bytes` is left to the caller.
    mutating func removeAll(where matches: (Delivery) -> Bool) -> [Delivery] {
        var removed: [Delivery] = []
        func isRemoved(_ delivery: Delivery) -> Bool {
            guard matches(delivery) else { return false }
            removed.append(delivery)
            return true
        }
        front.removeAll(where: isRemoved)
        back.removeAll(where: isRemoved)
        count -= removed.count
        return removed
    }

    /// Takes another queue over; each of its deliveries in memory is changed first. Rows on the disk are no shard's
    /// own: only questions to the store are.
    mutating func take(_ other: Self, _ change: (inout Delivery) -> Void) {
        self = other
        for place in front.indices { change(&front[place]) }
        for place in back.indices { change(&back[place]) }
    }

    // MARK: The part on the disk

    /// A delivery's row is all that is kept of it.
    mutating func appendToDisk(order: Int64, size: Int, batch: UInt64) {
        disk.append(order: order, size: size, batch: batch)
        count += 1
        bytes += size
    }

    /// The first row of the disk's part was read: it is in memory from now on.
    mutating func readFirst(_ delivery: Delivery, size: Int) {
        disk.removeFirst(order: delivery.row.order, size: size)
        front.append(delivery)
        joinBack()
    }

    /// The first row of the disk's part was read, and will not be delivered.
    mutating func dropFirstRead(order: Int64, size: Int) {
        disk.removeFirst(order: order, size: size)
        count -= 1
        bytes -= size
        joinBack()
    }

    /// Rows that should be there are not. Returns how many.
    mutating func loseDisk() -> Int {
        bytes -= disk.bytes
        let missing = disk.clear()
        count -= missing
        joinBack()
        return missing
    }

    private mutating func joinBack() {
        guard disk.isEmpty, !back.isEmpty else { return }
        front.append(contentsOf: back)
        back.removeAll()
    }

    /// Takes what waits behind the disk's part, to be left to the disk one by one.
    mutating func takeBack() -> Deque<Delivery> {
        let taken = back
        back.removeAll()
        return taken
    }

    /// One of those has its row on the disk alone now.
    mutating func backWentToDisk(order: Int64, size: Int, batch: UInt64) {
        disk.append(order: order, size: size, batch: batch)
    }

    /// The last of `front`, if its row is still as it was read, so that it can be left to the disk.
    var lastReturnable: Delivery? {
        guard let last = front.last, last.row.isOnDiskAlone, back.isEmpty || !disk.isEmpty else { return nil }
        return last
    }

    mutating func returnLast(size: Int) {
        let last = front.removeLast()
        disk.prepend(order: last.row.order, size: size)
    }

    /// What a restart finds on the disk.
    mutating func restore(_ stored: StoredQueue) {
        disk = DiskQueue(stored)
        count += stored.count
        bytes += stored.bytes
    }
}
