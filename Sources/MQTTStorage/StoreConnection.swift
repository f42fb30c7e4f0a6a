import GRDB
import GRDBSQLite
import MQTTEngine

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The one connection that writes the store's file.
///
/// GRDB makes the tables; after it has closed, statements run on a handle of our own, for GRDB watches every
/// transaction of a handle that is its.
@safe final class StoreConnection {
    private let handle: OpaquePointer
    private let writer: OperationWriter
    private let reader: QueueReader
    private let journal: Journal
    private let begin, commit, rollback: PreparedStatement
    private let pages, freePages, shrink: PreparedStatement
    private let pageSize: Int
    /// Whether a transaction is synced when it is committed.
    private(set) var isSyncing: Bool

    init(_ path: String, _ durability: Durability) throws {
        try Self.create(path)
        try Schema.bringUpToDate(path)
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            let error = unsafe StoreError(opened, code)
            unsafe sqlite3_close_v2(opened)
            throw error
        }
        unsafe handle = opened
        do {
            isSyncing = durability == .synced
            for pragma in [
                "journal_mode = WAL", Self.synchronous(isSyncing), "fullfsync = ON", "temp_store = MEMORY",
                // What is rolled back on a full disk has never been on it.
                "journal_size_limit = \(64 << 20)", "cache_size = -8192", "cache_spill = OFF",
                "wal_autocheckpoint = 4000",
            ] {
                try unsafe PreparedStatement("PRAGMA \(pragma)", on: opened).run()
            }
            writer = try unsafe OperationWriter(opened)
            reader = try unsafe QueueReader(opened)
            journal = try unsafe Journal(opened, writer)
            pages = try unsafe PreparedStatement("PRAGMA page_count", on: opened)
            freePages = try unsafe PreparedStatement("PRAGMA freelist_count", on: opened)
            shrink = try unsafe PreparedStatement(
                "PRAGMA incremental_vacuum(\(Self.pagesGivenBackAtOnce))", on: opened)
            pageSize = Int(try unsafe PreparedStatement("PRAGMA page_size", on: opened).number())
            begin = try unsafe PreparedStatement("BEGIN IMMEDIATE", on: opened)
            commit = try unsafe PreparedStatement("COMMIT", on: opened)
            rollback = try unsafe PreparedStatement("ROLLBACK", on: opened)
        } catch {
            unsafe sqlite3_close_v2(opened)
            throw error
        }
    }

    /// The statements that are still prepared keep it open until they too are gone.
    deinit { unsafe sqlite3_close_v2(handle) }

    /// Makes the file, for its owner alone; SQLite gives its other files the same rights.
    private static func create(_ path: String) throws {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw StoreError(
                code: SQLITE_CANTOPEN, message: unsafe "\(path): \(String(cString: strerror(errno)))")
        }
        _ = close(file)
    }

    /// Bounds the file, in pages; what does not fit fails like a full disk.
    func limit(pages: Int) throws {
        try unsafe PreparedStatement("PRAGMA max_page_count = \(pages)", on: handle).run()
    }

    /// Looks for damaged pages, for so many seconds at most.
    func quickCheck(seconds: Int) throws {
        let limit = CheckLimit(seconds: seconds)
        // Called by this thread alone, while the statement runs.
        unsafe sqlite3_progress_handler(
            handle, 100_000,
            { limit in
                guard let limit = unsafe limit else { return 0 }
                return unsafe Unmanaged<CheckLimit>.fromOpaque(limit).takeUnretainedValue().isOver ? 1 : 0
            }, Unmanaged.passUnretained(limit).toOpaque())
        defer {
            unsafe sqlite3_progress_handler(handle, 0, nil, nil)
            extendLifetime(limit)
        }
        var finding: String?
        do {
            try unsafe PreparedStatement("PRAGMA quick_check(1)", on: handle).forEach { row in
                let text = String(decoding: row.bytes(0), as: UTF8.self)
                if text != "ok" { finding = text }
            }
        } catch let error as StoreError where error.code & 0xFF == SQLITE_INTERRUPT {
            // The rest is checked as it is read.
        }
        if let finding { throw StoreError.damaged(finding) }
    }

    /// Writes the file anew, without gaps, and moves the whole log into it.
    func compact() throws {
        try settle()
        for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            try unsafe PreparedStatement(sql, on: handle).run()
        }
    }

    /// How many operations are in the journal alone and were not undone by later ones.
    var pendingOperations: Int { journal.pending.count }

    /// What a shard begins with, or everything.
    func read(
        isComplete: Bool = false, progress: @escaping (Int) -> Void = { _ in }
    ) throws -> StoredState {
        try settled { try unsafe StateReader(handle, isComplete: isComplete, progress: progress).read() }
    }

    func read(_ question: QueueRead) throws -> QueueRows {
        guard journal.pending.concerns(question) else { return try reader.read(question) }
        return try settled { try reader.read(question) }
    }

    /// Moves what is in the journal into the tables.
    func settle() throws {
        guard !journal.isEmpty else { return }
        try sync(false)
        try transaction { try journal.settle() }
    }

    /// Reads with everything in the tables; where there is no room for that, as if it were there.
    private func settled<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            try settle()
        } catch let error as StoreError where error.isFull {
            try begin.run()
            defer { try? undo() }
            try journal.settle()
            return try body()
        }
        return try body()
    }

    func write(_ batch: StoreBatch) throws { try write(CollectionOfOne(batch)) }

    /// Writes batches in one transaction.
    ///
    /// - Parameter marker: what ``marker()`` says afterwards.
    func write(_ batches: some Sequence<StoreBatch>, marker: Int32 = 0) throws {
        try sync(batches.contains { $0.isSynced })
        do {
            try transaction { try journal.write(batches, marker: marker) }
        } catch let error as StoreError where error.isFull {
            // There may be room for what they change, though not for them: what they remove makes some.
            try transaction { try journal.write(batches, marker: marker, isStraight: true) }
        }
    }

    /// Whether transactions are synced from now on; a sync also takes those before that were not.
    private func sync(_ isOn: Bool) throws {
        guard isOn != isSyncing else { return }
        try unsafe PreparedStatement("PRAGMA \(Self.synchronous(isOn))", on: handle).run()
        isSyncing = isOn
    }

    private static func synchronous(_ isOn: Bool) -> String { "synchronous = \(isOn ? "FULL" : "NORMAL")" }

    /// The marker of the last batches.
    func marker() throws -> Int32 { try journal.marker() }

    /// Writes operations in one transaction, into the tables.
    func write(_ operations: [StoreOperation]) throws {
        try settle()
        try transaction {
            for operation in operations { try writer.write(operation) }
        }
    }

    private func transaction(_ body: () throws -> Void) throws {
        try begin.run()
        do {
            try body()
            try commit.run()
        } catch {
            try? undo()
            throw error
        }
    }

    private func undo() throws {
        // A full disk has ended the transaction already.
        try? rollback.run()
        try journal.reload()
    }

    /// Bytes of the pages in use.
    func bytesOnDisk() throws -> Int { Int(try pages.number() - freePages.number()) * pageSize }

    /// Returns some free pages to the file system where there are many: not all, they are used again.
    func giveBackSpace() {
        guard let free = try? freePages.number(), free > Self.freePagesKept,
            let all = try? pages.number(), free > all / 4
        else { return }
        // What fails here is tried again behind the next batch.
        _ = try? shrink.forEachWhile { _ in true }
    }

    private static let freePagesKept = 4_096
    private static let pagesGivenBackAtOnce = 512
}
