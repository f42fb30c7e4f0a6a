import Foundation
import GRDBSQLite
import MQTTCodec
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// Looking into a store, and making it smaller.
@Suite("Storage: check, statistics, compacting")
struct StoreToolTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func fill(_ operations: [StoreOperation] = FullStore.operations) async throws {
        let file = try StoreFileOnDisk(directory)
        await file.commit(1, operations)
        await file.store.close()
    }

    private func run(_ sql: String) throws { try Blocker(directory.file, sql).release() }

    @Test("Statistics count what is there")
    func statistics() async throws {
        try await fill()
        let statistics = try StoreFile(directory: directory.path).statistics()
        #expect(statistics.sessions == 2 && statistics.wills == 1 && statistics.subscriptions == 4)
        #expect(statistics.sharedSubscriptions == 1 && statistics.messages == 2)
        #expect(statistics.retainedMessages == 2 && statistics.queued == 2 && statistics.inFlight == 2)
        #expect(statistics.received == 2 && statistics.messageBytes > 260)
        #expect(statistics.fileBytes > 4096 && (Int(statistics.schema) ?? 0) >= 1)
    }

    @Test("A sound store has no findings; rows that do not hang together are found, each by its words")
    func check() async throws {
        try await fill()
        #expect(try StoreFile(directory: directory.path).check() == [])
        let changes = [
            ("DELETE FROM session WHERE id = 11", "subscriptions without their session: 1"),
            ("UPDATE delivery SET message = 99 WHERE owner = 20", "deliveries without their message: 1"),
            ("UPDATE retained SET message = 98", "retained topics without their message: 2"),
            ("DELETE FROM share_group", "deliveries without their owner: 1"),
            ("UPDATE delivery SET packet = 2 WHERE packet > 0", "packet identifiers used twice: 1"),
            (
                "UPDATE message SET topic_count = 70000 WHERE id = 31",
                "message 31 has parts longer than itself"
            ),
            ("UPDATE message SET bytes = x'FFFE', topic_count = 2 WHERE id = 31", "a string is not UTF-8"),
            (
                "UPDATE subscription SET filter = x'612f232f62' WHERE filter = x'662f312f23'",
                "has no valid filter"
            ),
            ("UPDATE session SET will = x'0102' WHERE id = 10", "the will of session 10 makes no sense"),
        ]
        for (change, finding) in changes {
            try run(change)
            let findings = try StoreFile(directory: directory.path).check()
            #expect(findings.contains { $0.contains(finding) }, "\(change): \(findings)")
        }
    }

    @Test("Damaged pages are findings, not a crash")
    func damage() async throws {
        try await fill((1...500).map { .saveMessage(Rows.message($0, Array(repeating: 7, count: 300))) })
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory.file))
        for page in 15..<bytes.count / 4096 {
            bytes.replaceSubrange(page * 4096..<page * 4096 + 200, with: repeatElement(0xEE, count: 200))
        }
        try bytes.write(to: URL(fileURLWithPath: directory.file))
        #expect(try !StoreFile(directory: directory.path).check(maximum: 5).isEmpty)
    }

    @Test(
        "Compacting gives back what deleted messages have left, and keeps the rest, also while the store is in use"
    )
    func compact() async throws {
        let file = try StoreFileOnDisk(directory)
        let payload: [UInt8] = Array(repeating: 7, count: 2_000)
        await file.commit(1, FullStore.operations)
        await file.commit(2, (100..<1_100).map { .saveMessage(Rows.message($0, payload)) })
        await file.commit(3, (100..<1_100).map { .removeMessage($0) })
        let before = try await file.tables()
        let sizes = try await file.store.compact()
        #expect(sizes.before > 2_000_000 && sizes.after < 200_000)
        #expect(try await file.tables() == before)
        await file.commit(4, .saveMessage(Rows.message(5_000)))
        await file.store.close()
        _ = try StoreCompaction.run(directory: directory.path)
        #expect(try StoreFile(directory: directory.path).check() == [])
        #expect(try await StoreFileOnDisk(directory).tables().messages.count == before.messages.count + 1)
    }

    @Test("Copies that a tool has left behind are removed")
    func snapshots() async throws {
        try await fill()
        let path = StoreSnapshot.path(in: directory.path)
        try StoreFile(directory: directory.path).backup(to: path)
        try Data().write(to: URL(fileURLWithPath: directory.path + "/other"))
        StoreSnapshot.removeAll(in: directory.path)
        #expect(
            try Set(directory.modes.keys).subtracting(["martlet.sqlite3-shm", "martlet.sqlite3-wal"]) == [
                "martlet.sqlite3", "other",
            ])
    }
}
