/// Whose queue it is.
enum QueueHolder: Equatable {
    case session(Int)
    case group(Int)
}

/// Who asked for rows of a queue, as it was then.
enum QueueReader {
    case session(Int, generation: UInt32)
    case group(Int, generation: UInt32)
}

/// What a session or shared subscription has left on the disk: its rows are read and removed bit by bit, so that
/// the messages go of which they were the last.
struct EndedQueue {
    let owner: Int64
    var after: Int64
    let through: Int64
    /// The batch that has the last of them.
    let batch: UInt64

    init(owner: Int64, _ disk: DiskQueue) {
        self.owner = owner
        after = disk.position
        through = disk.end
        batch = disk.lastBatch
    }
}
