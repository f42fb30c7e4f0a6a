import Foundation
import GRDBSQLite
import MQTTCodec
import Synchronization
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// What becomes of a file that is damaged, or of another version.
@Suite("Storage: opening")
struct OpeningTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private final class Reports: Sendable {
        let texts = Mutex<[String]>([])
    }

    private func fill() async throws {
        let file = try StoreFileOnDisk(directory)
        await file.commit(1, FullStore.operations)
        await file.commit(
            2, (100..<600).map { .saveMessage(Rows.message($0, Array(repeating: 7, count: 300))) })
        await file.store.close()
    }

    /// Opens and reads, and expects that the file was set aside as it was.
    private func expectSetAside(_ damaged: Data?, _ name: String = "damaged") async throws {
        let reports = Reports()
        let store = try SQLiteStore(
            directory: directory.path, durability: .synced, onDamage: .setAside,
            report: { text in reports.texts.withLock { $0.append(text) } })
        let tables = Tables(try await store.load())
        #expect(tables.messages.isEmpty && tables.sessions.isEmpty)
        await store.close()
        let texts = reports.texts.withLock { $0 }
        #expect(texts.count == 1 && texts[0].contains("set aside as \(directory.file).\(name)"), "\(texts)")
        if let damaged {
            let kept = try Data(contentsOf: URL(fileURLWithPath: directory.file + "." + name))
            #expect(kept == damaged)
        }
    }

    @Test("A file that is no database is set aside untouched, and a new one begun; a second one beside it")
    func noDatabase() async throws {
        for name in ["damaged", "damaged-2"] {
            let garbage = Data(repeating: UInt8(name.count), count: 8192)
            try garbage.write(to: URL(fileURLWithPath: directory.file))
            try await expectSetAside(garbage, name)
        }
    }

    @Test("Damaged pages are found at the start")
    func damagedPages() async throws {
        try await fill()
        // No page is free.
        _ = try StoreCompaction.run(directory: directory.path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory.file))
        // One page in the middle.
        bytes.replaceSubrange(20 * 4096..<20 * 4096 + 200, with: repeatElement(0xEE, count: 200))
        try bytes.write(to: URL(fileURLWithPath: directory.file))
        #expect(throws: StoreError.self) { _ = try StoreFileOnDisk(directory) }
        try await expectSetAside(nil)
    }

    @Test("A row that makes no sense is found when it is read")
    func damagedRow() async throws {
        try await fill()
        try Blocker(directory.file, "UPDATE session SET version = 77").release()
        try await expectSetAside(nil)
    }

    @Test("The log goes with the file, to names that are free")
    func log() throws {
        for name in ["damaged", "damaged-2"] {
            for (suffix, text) in [("", "file"), ("-wal", "log"), ("-shm", "index")] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: directory.file + suffix))
            }
            #expect(try SetAside.move(directory.file, as: "damaged") == "\(directory.file).\(name)")
            for (suffix, text) in [("", "file"), ("-wal", "log")] {
                let path = "\(directory.file).\(name)\(suffix)"
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(text.utf8))
            }
        }
        #expect(try directory.modes.count == 4)
    }

    @Test(
        "A file of every older version is brought up to date, and holds what it held",
        arguments: OlderSchema.all)
    func migration(older: OlderSchema) async throws {
        var opened: OpaquePointer?
        #expect(unsafe sqlite3_open(directory.file, &opened) == SQLITE_OK)
        #expect(unsafe sqlite3_exec(opened, older.sql, nil, nil, nil) == SQLITE_OK)
        unsafe sqlite3_close_v2(opened)
        #expect(try StoreFile(directory: directory.path).statistics().schema == older.version)
        let file = try StoreFileOnDisk(directory)
        let migrated = try await file.tables()
        await file.store.close()
        let reference = try TemporaryDirectory()
        let fresh = try StoreFileOnDisk(reference)
        await fresh.commit(1, FullStore.operations)
        #expect(try await migrated == fresh.tables())
        await fresh.store.close()
        let versions = try [directory, reference].map {
            try StoreFile(directory: $0.path).statistics().schema
        }
        #expect(versions[0] == versions[1])
    }

    @Test("There is a file of every version of the tables but the latest, and of that one too")
    func versions() {
        #expect(OlderSchema.all.map(\.version) == Schema.versions)
    }

    @Test("A file of a newer version is refused with words, and stays, even if damaged files are set aside")
    func newer() async throws {
        try await fill()
        try Blocker(directory.file, "INSERT INTO grdb_migrations VALUES ('999')").release()
        do {
            _ = try SQLiteStore(directory: directory.path, durability: .synced, onDamage: .setAside)
            Issue.record("it was opened")
        } catch {
            #expect("\(error)".contains("newer version"))
        }
        #expect(FileManager.default.fileExists(atPath: directory.file))
    }
}
