import Dispatch
import GRDB
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
    private let state: Locked

    /// What only `queue` touches.
    private final class Open {
        let database: DatabaseQueue
        let writer: OperationWriter
        let begin, commit, rollback: PreparedStatement

        init(_ path: String, _ durability: Durability) throws {
            var configuration = Configuration()
            configuration.label = "martlet.store"
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                let level = durability == .synced ? "FULL" : "NORMAL"
                try database.execute(sql: "PRAGMA synchronous = \(level)")
                try database.execute(sql: "PRAGMA fullfsync = ON")
                try database.execute(sql: "PRAGMA temp_store = MEMORY")
            }
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try Schema.migrator.migrate(database)
            self.database = database
            let handle = unsafe database.unsafeReentrantRead { unsafe $0.sqliteConnection }
            guard let pointer = unsafe handle else { throw StoreError(code: SQLITE_CANTOPEN, message: path) }
            writer = try unsafe OperationWriter(pointer)
            begin = try unsafe PreparedStatement("BEGIN IMMEDIATE", on: pointer)
            commit = try unsafe PreparedStatement("COMMIT", on: pointer)
            rollback = try unsafe PreparedStatement("ROLLBACK", on: pointer)
        }

        func write(_ batch: StoreBatch) throws {
            try begin.run()
            do {
                for operation in batch.operations { try writer.write(operation) }
                try commit.run()
            } catch {
                try? rollback.run()
                throw error
            }
        }
    }

    /// Opens the file `martlet.sqlite3` in a directory, and makes it if it is missing.
    ///
    /// - Throws: ``StoreError`` or GRDB's errors if it cannot be opened, or is damaged.
    public init(directory: String, durability: Durability) throws {
        path = directory + "/martlet.sqlite3"
        self.durability = durability
        state = Locked(try Open(path, durability))
    }

    public func load() async throws -> StoredState {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [state] in
                continuation.resume(with: Result { try state.read() })
            }
        }
    }

    public func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (String?) -> Void, isStored: @escaping @Sendable () -> Void
    ) {
        guard !batch.operations.isEmpty else {
            isStored()
            return
        }
        queue.async { [state, path, durability] in
            var isTroubled = false
            while true {
                do {
                    try state.write(batch) { try Open(path, durability) }
                    break
                } catch {
                    isTroubled = true
                    trouble("the store cannot write: \(error)")
                    // Nothing else can be done on this thread until the disk works again.
                    state.close()
                    DispatchSemaphore(value: 0).waitASecond()
                }
            }
            if isTroubled { trouble(nil) }
            isStored()
        }
    }

    public func close() async {
        await withCheckedContinuation { continuation in
            queue.async { [state] in
                state.close()
                continuation.resume()
            }
        }
    }

    /// What only the store's queue touches; the lock is the queue.
    private final class Locked: @unchecked Sendable {
        private var open: Open?

        init(_ open: Open) { self.open = open }

        func read() throws -> StoredState {
            guard let open else { throw StoreError(code: SQLITE_MISUSE, message: "the store is closed") }
            return try open.database.unsafeReentrantRead { database in
                guard let handle = unsafe database.sqliteConnection else { return StoredState() }
                return try unsafe StateReader(handle).read()
            }
        }

        func write(_ batch: StoreBatch, reopen: () throws -> Open) throws {
            if open == nil { open = try reopen() }
            try open?.write(batch)
        }

        func close() { open = nil }
    }
}

extension DispatchSemaphore {
    /// A pause between two attempts, on the store's own thread.
    fileprivate func waitASecond() { _ = wait(timeout: .now() + 1) }
}
