import Dispatch
import GRDBSQLite
import MQTTEngine

/// A store in one SQLite file, written by one thread: each batch is one transaction.
///
/// The write-ahead log makes a transaction one sequential write and one sync. After an error the connection is
/// closed and opened again before the batch is tried again: what a failed sync has left behind cannot be known.
public final class SQLiteStore: Store {
    private let path: String
    private let durability: Durability
    /// The one thread that touches the file.
    private let queue = DispatchQueue(label: "martlet.store", qos: .userInitiated)
    private let confined: Confined

    /// Opens the file `martlet.sqlite3` in a directory, and makes it if it is missing.
    ///
    /// - Throws: ``StoreError`` or GRDB's errors if it cannot be opened, or is damaged.
    public init(directory: String, durability: Durability) throws {
        path = directory + "/martlet.sqlite3"
        self.durability = durability
        confined = Confined(try StoreConnection(path, durability))
    }

    public func load() async throws -> StoredState {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [confined] in
                continuation.resume(with: Result { try confined.read() })
            }
        }
    }

    public func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (String?) -> Void,
        isStored: @escaping @Sendable () -> Void
    ) {
        guard !batch.operations.isEmpty else {
            isStored()
            return
        }
        queue.async { [confined, path, durability] in
            var isTroubled = false
            while true {
                do {
                    try confined.write(batch) { try StoreConnection(path, durability) }
                    break
                } catch {
                    isTroubled = true
                    trouble("the store cannot write: \(error)")
                    confined.close()
                    // Nothing else can be done on this thread until the disk works again.
                    _ = DispatchSemaphore(value: 0).wait(timeout: .now() + 1)
                }
            }
            if isTroubled { trouble(nil) }
            isStored()
        }
    }

    public func close() async {
        await withCheckedContinuation { continuation in
            queue.async { [confined] in
                confined.close()
                continuation.resume()
            }
        }
    }

    /// What only the store's queue touches, which is what makes it safe to share.
    private final class Confined: @unchecked Sendable {
        private var connection: StoreConnection?

        init(_ connection: StoreConnection) { self.connection = connection }

        func read() throws -> StoredState {
            guard let connection else {
                throw StoreError(code: SQLITE_MISUSE, message: "the store is closed")
            }
            return try connection.read()
        }

        func write(_ batch: StoreBatch, reopen: () throws -> StoreConnection) throws {
            if connection == nil { connection = try reopen() }
            try connection?.write(batch)
        }

        func close() { connection = nil }
    }
}
