/// Keeps what a durable shard must not forget. Implemented outside the engine.
public protocol Store: Sendable {
    /// All that is stored, without what long queues have on the disk alone; once, before anything is committed.
    ///
    /// - Parameter progress: told from time to time how many rows have been read, on any thread.
    func load(progress: @escaping @Sendable (Int) -> Void) async throws -> StoredState

    /// Stores a batch: all of it or nothing, in the order of the calls.
    ///
    /// What fails is tried again until it succeeds: a batch that was begun is owed. `isStored` is called when it
    /// is safe, on any thread; `trouble` each time that it cannot be stored for now, with what to do about it,
    /// and with nil when it can again.
    func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isStored: @escaping @Sendable () -> Void)

    /// Reads rows of a queue, as all batches before have left it. What cannot be read is tried again; `trouble`
    /// tells why. Also works while batches cannot be stored. `isRead` is called on any thread.
    func read(
        _ question: QueueRead, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isRead: @escaping @Sendable (QueueRows) -> Void)

    /// What the store takes on its disk, in bytes; asked after every batch, on any thread.
    var bytesOnDisk: Int { get }

    /// Waits for what was begun, as long as it can be stored at all, and closes.
    func close() async
}

extension Store {
    public func load() async throws -> StoredState { try await load { _ in } }
}
