import Foundation
import GRDBSQLite
import MQTTCodec
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// Damaged files, full disks, and who may read.
@Suite("Storage: damage, full disks, rights")
struct TroubleTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A store with some rows, closed.
    private func fill() async throws {
        let file = try StoreFileOnDisk(directory)
        await file.commit(
            1, (1...500).map { .saveMessage(Rows.message($0, Array(repeating: 7, count: 300))) })
        await file.store.close()
    }

    private func expectDamage(advice: String = "", _ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("a damaged file was accepted")
        } catch {
            let text = "\(error)"
            #expect(
                text.contains("damaged") || text.contains("malformed") || text.contains("not a database"),
                "\(text)")
            #expect(advice.isEmpty || text.contains(advice), "\(text)")
        }
    }

    @Test("A file that is no database is refused, with words that say so and what to do, and is not touched")
    func noDatabase() async throws {
        let garbage = Data(repeating: 0x5A, count: 8192)
        try garbage.write(to: URL(fileURLWithPath: directory.file))
        await expectDamage(advice: "\(directory.file) was left as it is") {
            _ = try StoreFileOnDisk(directory)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.file)) == garbage)
    }

    @Test("Pages that were overwritten are found when the state is read")
    func damagedPages() async throws {
        try await fill()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory.file))
        #expect(bytes.count > 100_000)
        for page in 15..<bytes.count / 4096 {
            bytes.replaceSubrange(page * 4096..<page * 4096 + 200, with: repeatElement(0xEE, count: 200))
        }
        try bytes.write(to: URL(fileURLWithPath: directory.file))
        await expectDamage { _ = try await StoreFileOnDisk(directory).tables() }
    }

    @Test("A row whose values make no sense is damage too, not a crash")
    func damagedRow() async throws {
        try await fill()
        try run("UPDATE message SET topic_count = 100000 WHERE id = 77")
        await expectDamage { _ = try await StoreFileOnDisk(directory).tables() }
    }

    @Test("The last transaction of a log that was cut short is not there; those before it are")
    func tornLog() async throws {
        let file = try StoreFileOnDisk(directory)
        for number in 1...10 { await file.commit(UInt64(number), .saveMessage(Rows.message(Int64(number)))) }
        // As a crash would leave it: the log has not been moved into the file.
        let copy = try TemporaryDirectory()
        for name in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: directory.file + name, toPath: copy.file + name)
        }
        await file.store.close()
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: copy.file + "-wal"))
        try log.truncate(atOffset: try log.seekToEnd() - 100)
        try log.close()
        let messages = try await StoreFileOnDisk(copy).tables().messages
        #expect(messages.map(\.id) == Array(1...9))
    }

    @Test(
        "A full disk: the batch fails whole, the rest stays readable, and there is room again when there is")
    func fullDisk() async throws {
        let connection = try StoreConnection(directory.file, .synced)
        try connection.write(StoreBatch(number: 1, operations: [.saveMessage(Rows.message(1))]))
        try connection.limit(pages: 20)
        let large = StoreBatch(
            number: 2,
            operations: [
                .saveMessage(Rows.message(2)),
                .saveMessage(Rows.message(3, Array(repeating: 1, count: 500_000))),
            ])
        do {
            try connection.write(large)
            Issue.record("there was room")
        } catch let error as StoreError {
            #expect(error.code & 0xFF == SQLITE_FULL)
            #expect(error.description.contains("the disk is full: make room"))
        }
        #expect(try connection.read(isComplete: true).messages.map(\.id) == [1])
        try connection.write(StoreBatch(number: 3, operations: [.removeMessage(1)]))
        try connection.limit(pages: 1_000_000)
        try connection.write(large)
        #expect(try connection.read(isComplete: true).messages.map(\.id) == [2, 3])
    }

    @Test("What cannot be written is told, tried again on a new connection, and goes on by itself")
    func recovers() async throws {
        let file = try StoreFileOnDisk(directory)
        await file.commit(1, .saveMessage(Rows.message(1)))
        // Somebody else holds the write lock, until the store complains.
        let blocker = try Blocker(directory.file)
        file.troubles.atFirst { blocker.release() }
        await file.commit(2, .saveMessage(Rows.message(2)))
        #expect(file.troubles.all.first??.text.contains("cannot write") == true)
        #expect(file.troubles.all.last == .some(nil))
        #expect(try await file.tables().messages.count == 2)
    }

    @Test("Batches leave a marker, with what they do or not at all, so that none is done twice")
    func marker() throws {
        let connection = try StoreConnection(directory.file, .synced)
        let plain = StoreBatch(number: 1, operations: [.saveMessage(Rows.message(1))])
        try connection.write([plain], marker: 7)
        #expect(try connection.marker() == 7)
        try connection.settle()
        #expect(try connection.marker() == 7, "also when the journal is in the tables")
        let unrepeatable = StoreBatch(number: 2, operations: [.removeMessageUnlessAwaited(1)])
        try connection.write([unrepeatable], marker: 8)
        #expect(try connection.marker() == 8)
        try connection.limit(pages: 20)
        let large = StoreOperation.saveMessage(Rows.message(3, Array(repeating: 1, count: 500_000)))
        #expect(throws: StoreError.self) {
            try connection.write(
                [StoreBatch(number: 3, operations: [.removeMessageUnlessAwaited(1), large])], marker: 9)
        }
        #expect(try connection.marker() == 8)
    }

    @Test("An empty batch is stored at once")
    func emptyBatch() async throws {
        let file = try StoreFileOnDisk(directory)
        await file.commit(1, [])
        #expect(try await file.tables().messages.isEmpty)
    }

    @Test("Only the owner may read the file and what belongs to it")
    func modes() async throws {
        let file = try StoreFileOnDisk(directory)
        await file.commit(1, .saveMessage(Rows.message(1)))
        let modes = try directory.modes
        #expect(modes.keys.contains("martlet.sqlite3-wal"))
        for (name, mode) in modes { #expect(mode == 0o600, "\(name)") }
        await file.store.close()
    }

    private func run(_ sql: String) throws {
        let blocker = try Blocker(directory.file, sql)
        blocker.release()
    }
}
