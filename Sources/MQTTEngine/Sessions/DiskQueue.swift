/// The part of a queue that is on the disk alone: a range of the places of its owner's rows.
///
/// A value that goes where its session goes. An answer that comes to where the session was is of no use there,
/// and no loss: the rows are where they were.
struct DiskQueue {
    private(set) var count = 0
    private(set) var bytes = 0
    /// The rows are behind this place.
    private(set) var position: Int64 = 0
    /// The place of the last one.
    private(set) var end: Int64 = 0
    /// The batch that has the last one.
    private(set) var lastBatch: UInt64 = 0
    /// Whether an answer is to come.
    var isBeingRead = false
    /// Whether all rows were stored when it was asked for.
    var isAllStored = false
    /// There is no more to be read before this batch is stored.
    var notBefore: UInt64 = 0

    var isEmpty: Bool { count == 0 }

    init() {}

    /// As a restart finds it.
    init(_ stored: StoredQueue) {
        count = stored.count
        bytes = stored.bytes
        position = stored.after
        end = stored.through
    }

    /// A row was gathered behind the others.
    mutating func append(order: Int64, size: Int, batch: UInt64) {
        if count == 0 { position = order - 1 }
        count += 1
        bytes += size
        end = order
        lastBatch = batch
    }

    /// A row that was read, and not changed, is left to the disk again. It stood right before the others.
    mutating func prepend(order: Int64, size: Int) {
        if count == 0 { end = order }
        count += 1
        bytes += size
        position = order - 1
    }

    /// A row was read.
    mutating func removeFirst(order: Int64, size: Int) {
        count = max(0, count - 1)
        bytes = count == 0 ? 0 : max(0, bytes - size)
        position = order
    }

    /// It comes to another shard, with batches of its own. What the old place has gathered of it is stored before
    /// this one is.
    mutating func arrive(_ batch: UInt64) {
        lastBatch = batch
        notBefore = batch
        isBeingRead = false
        isAllStored = false
    }

    /// Nothing is there, whatever was expected. Returns how many were.
    mutating func clear() -> Int {
        let missing = count
        count = 0
        bytes = 0
        return missing
    }
}
