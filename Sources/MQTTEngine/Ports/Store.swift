/// Keeps what a durable shard must not forget. Implemented outside the engine.
public protocol Store: Sendable {
    /// All that is stored; once, before anything is committed.
    func load() async throws -> StoredState

    /// Stores a batch: all of it or nothing, in the order of the calls.
    ///
    /// What fails is tried again until it succeeds: a batch that was begun is owed. `isStored` is called when it
    /// is safe, on any thread; `trouble` when it cannot be stored for now, with what to do about it, and with
    /// nil when it can again.
    func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (String?) -> Void,
        isStored: @escaping @Sendable () -> Void)

    /// Waits for what was begun, and closes.
    func close() async
}
