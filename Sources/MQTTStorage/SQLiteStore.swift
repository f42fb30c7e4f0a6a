import Dispatch
import GRDBSQLite
import MQTTEngine
import Synchronization

/// A store in one SQLite file, written by one thread. What comes while a transaction is under way goes into the
/// next, all together.
///
/// The write-ahead log makes a transaction one sequential write and one sync. After an error the connection is
/// closed and opened again before anything is tried again: what a failed sync has left behind cannot be known.
/// A full disk leaves nothing behind: then it stays open, and can still be read.
public final class SQLiteStore: Store {
    private let path: String
    private let durability: Durability
    private let opening: StoreOpening
    /// The one thread that touches the file.
    private let queue = DispatchQueue(label: "martlet.store", qos: .userInitiated)
    private let confined: Confined
    /// Batches that were not begun.
    private let waiting = Mutex<[Commit]>([])
    private let size = Atomic<Int>(0)

    /// From one attempt to the next, after an error.
    private static let pause = DispatchTimeInterval.seconds(1)

    private struct Commit: Sendable {
        let batch: StoreBatch
        /// Tells it apart from others of its time, in the file too.
        var marker: Int32 = 0
        let trouble: @Sendable (StoreTrouble?) -> Void
        let isStored: @Sendable () -> Void
    }

    /// Opens the file `martlet.sqlite3` in a directory, and makes it if it is missing.
    ///
    /// - Parameters:
    ///   - onDamage: what becomes of a file that is damaged.
    ///   - report: told what was done about it, in words for the log.
    /// - Throws: ``StoreError`` or GRDB's errors if it cannot be opened, or is damaged and stays.
    public init(
        directory: String, durability: Durability, onDamage: DamagePolicy = .refuse,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        path = directory + "/" + StoreFile.name
        self.durability = durability
        opening = StoreOpening(path: path, durability: durability, policy: onDamage, report: report)
        confined = Confined(try opening.open())
    }

    public var bytesOnDisk: Int { size.load(ordering: .relaxed) }

    public func load(progress: @escaping @Sendable (Int) -> Void) async throws -> StoredState {
        try await onQueue { [self] in
            try opening.unlessDamaged {
                do {
                    return try connected().read(progress: progress)
                } catch {
                    // What is damaged is let go before it gets another name.
                    confined.connection = nil
                    throw error
                }
            } otherwise: {
                try connected().read(progress: progress)
            }
        }
    }

    /// All that is stored, also what queues have on the disk alone: for tools.
    public func contents() async throws -> StoredState {
        try await onQueue { [self] in try connected().read(isComplete: true) }
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
        -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }

    public func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isStored: @escaping @Sendable () -> Void
    ) {
        guard !batch.operations.isEmpty else {
            isStored()
            return
        }
        waiting.withLock { $0.append(Commit(batch: batch, trouble: trouble, isStored: isStored)) }
        queue.async { [self] in commitWaiting() }
    }

    public func read(
        _ question: QueueRead, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isRead: @escaping @Sendable (QueueRows) -> Void
    ) {
        queue.async { [self] in read(question, wasTroubled: false, trouble, isRead) }
    }

    /// Writes the file anew, without gaps. Whatever is to be stored meanwhile waits.
    ///
    /// - Returns: the size before and after, with the log, in bytes.
    /// - Throws: ``StoreError`` if there is no room for the file once more; then it stays as it is.
    public func compact() async throws -> (before: Int64, after: Int64) {
        try await onQueue { [self] in
            let before = StoreCompaction.size(path)
            try connected().compact()
            return (before, StoreCompaction.size(path))
        }
    }

    /// Moves what is stored into the tables, where tools look for it.
    public func settle() async throws {
        try await onQueue { [self] in try connected().settle() }
    }

    public func close() async {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                // What does not succeed is done at the next start.
                try? confined.connection?.settle()
                confined.isClosed = true
                confined.connection = nil
                continuation.resume()
            }
        }
    }

    // MARK: On the store's thread

    private func commitWaiting() {
        guard !confined.isPausing, !confined.isClosed else { return }
        for var commit in waiting.withLock({ waiting in
            defer { waiting = [] }
            return waiting
        }) {
            commit.marker = confined.nextMarker()
            confined.begun.append(commit)
        }
        guard let last = confined.begun.last else { return }
        do {
            let connection = try connected()
            // What failed may be there all the same, and must not be done a second time.
            let marker = confined.isTroubled ? try connection.marker() : 0
            let isThere = confined.begun.lastIndex { $0.marker == marker }.map { $0 + 1 } ?? 0
            if isThere < confined.begun.count {
                try connection.write(
                    confined.begun.dropFirst(isThere).lazy.map(\.batch), marker: last.marker)
            }
            size.store(try connection.bytesOnDisk(), ordering: .relaxed)
        } catch {
            confined.isTroubled = true
            let trouble = failed(error, "write")
            for commit in confined.begun { commit.trouble(trouble) }
            confined.isPausing = true
            queue.asyncAfter(deadline: .now() + Self.pause) { [self] in
                confined.isPausing = false
                commitWaiting()
            }
            return
        }
        let stored = confined.begun
        confined.begun = []
        for commit in stored {
            if confined.isTroubled { commit.trouble(nil) }
            commit.isStored()
        }
        confined.isTroubled = false
        confined.connection?.giveBackSpace()
    }

    private func read(
        _ question: QueueRead, wasTroubled: Bool, _ trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        _ isRead: @escaping @Sendable (QueueRows) -> Void
    ) {
        guard !confined.isClosed else { return }
        do {
            let rows = try connected().read(question)
            if wasTroubled { trouble(nil) }
            isRead(rows)
        } catch {
            trouble(failed(error, "read a queue"))
            queue.asyncAfter(deadline: .now() + Self.pause) { [self] in
                read(question, wasTroubled: true, trouble, isRead)
            }
        }
    }

    private func connected() throws -> StoreConnection {
        guard !confined.isClosed else {
            throw StoreError(code: SQLITE_MISUSE, message: "the store is closed")
        }
        if let connection = confined.connection { return connection }
        let connection = try StoreConnection(path, durability)
        confined.connection = connection
        return connection
    }

    private func failed(_ error: any Error, _ what: String) -> StoreTrouble {
        let isFull = (error as? StoreError)?.isFull ?? false
        if !isFull { confined.connection = nil }
        return StoreTrouble(isFull ? .full : .failing, "the store cannot \(what): \(error)")
    }

    /// What only the store's queue touches, which is what makes it safe to share.
    private final class Confined: @unchecked Sendable {
        var connection: StoreConnection?
        /// Batches that are owed.
        var begun: [Commit] = []
        private var marker: Int32
        var isTroubled = false
        /// Whether the next attempt has to wait.
        var isPausing = false
        var isClosed = false

        init(_ connection: StoreConnection) {
            self.connection = connection
            marker = (try? connection.marker()) ?? 0
        }

        func nextMarker() -> Int32 {
            marker = marker == .max ? 1 : marker + 1
            return marker
        }
    }
}
