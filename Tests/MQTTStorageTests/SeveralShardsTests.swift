import MQTTCodec
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// What several shards leave in one store, and how it is put in order.
@Suite("Storage: several shards")
struct SeveralShardsTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test(
        "Two rows of one shared subscription become one, and nothing of what waited is lost or changes its order"
    )
    func joinedGroups() async throws {
        let file = try StoreFileOnDisk(directory)
        var onDisk = Rows.delivery(7, 14)
        onDisk.isOnDiskAlone = true
        onDisk.size = 6
        await file.commit(
            1,
            [
                .saveGroup(65, filter: "$share/g/a"), .saveGroup(66, filter: "$share/g/a"),
                .saveGroup(67, filter: "$share/other/a"),
                .saveDelivery(owner: 65, Rows.delivery(3, 11)),
                .saveDelivery(owner: 65, Rows.delivery(4, 12)),
                .saveDelivery(owner: 66, Rows.delivery(-2, 13)), .saveDelivery(owner: 66, onDisk),
                .saveDelivery(owner: 67, Rows.delivery(1, 15)),
            ] + (11...15).map { .saveMessage(Rows.message($0)) })
        let stored = try await file.store.load()
        let (state, joins, moved) = stored.joiningGroups()
        #expect(state.groups.map(\.id).sorted() == [65, 67])
        #expect(moved == [13], "its rows are in nobody's memory, and needed")
        #expect(joins.count == 1 && joins[0].from == 66 && joins[0].into == 65)
        #expect(state.deliveries.map(\.owner) == [65, 65, 67])
        let queue = try #require(state.queues.first)
        #expect(state.queues.count == 1 && queue.owner == 65 && queue.count == 2 && queue.after == 4)

        await file.commit(2, joins.map { .joinGroups(from: $0.from, into: $0.into, offset: $0.offset) })
        let question = QueueRead(
            owner: 65, after: queue.after, through: queue.through, rows: 10, bytes: .max)
        let rows = await withCheckedContinuation { continuation in
            file.store.read(
                question, trouble: { _ in }, isRead: { continuation.resume(returning: $0) })
        }
        #expect(rows.deliveries.map(\.message) == [13, 14])
        #expect(rows.deliveries.allSatisfy { $0.isOnDiskAlone } && rows.isEnd)
        let later = try await file.store.load()
        #expect(later.groups.map(\.id).sorted() == [65, 67])
        #expect(later.queues == [queue])
        await file.store.close()
    }

    @Test("A store without such rows is left as it is")
    func nothingToJoin() {
        var state = StoredState()
        state.groups = [(1, "$share/g/a"), (2, "$share/g/b")]
        state.deliveries = [(1, Rows.delivery(1, 1))]
        let (same, joins, moved) = state.joiningGroups()
        #expect(joins.isEmpty && moved.isEmpty && same.groups.count == 2 && same.deliveries.count == 1)
    }

    @Test("Messages that nothing refers to are removed, all others stay")
    func unused() async throws {
        let file = try StoreFileOnDisk(directory)
        var onDisk = Rows.delivery(2, 3)
        onDisk.isOnDiskAlone = true
        await file.commit(
            1,
            [
                .saveDelivery(owner: 9, Rows.delivery(1, 2)), .saveDelivery(owner: 9, onDisk),
                .saveRetained(topic: "a/b", message: 4),
            ] + (1...5).map { .saveMessage(Rows.message($0)) })
        await file.commit(2, [.removeUnusedMessages])
        #expect(try await file.tables().messages.map(\.id) == [2, 3, 4])
        await file.store.close()
    }
}
