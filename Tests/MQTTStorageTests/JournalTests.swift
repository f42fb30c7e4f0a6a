import MQTTCodec
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// What goes through the journal ends as if every operation had been done by itself.
@Suite("Storage: the journal")
struct JournalTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let removals: [StoreOperation] = [
        .removeSession(10, deliveriesThrough: -3), .removeSession(.max),
        .removeSubscription(session: 1, filter: "a/#"),
        .removeGroup(20, deliveriesThrough: 7), .removeMessage(.min), .removeMessageUnlessAwaited(1 << 40),
        .removeDelivery(owner: 10, order: -65_535), .removeReceived(session: 3, packetIdentifier: 65_535),
        .removeRetained(topic: "ü"),
        .joinGroups(from: 1, into: -2, offset: 1 << 50), .removeUnusedMessages,
    ]

    @Test("Every operation is read as it was written")
    func coding() throws {
        let operations = FullStore.operations + Self.removals
        var encoder = OperationEncoder()
        for operation in operations { encoder.add(operation) }
        var decoder = OperationDecoder(encoder.bytes)
        var read: [StoreOperation] = []
        while let operation = try decoder.next() { read.append(operation) }
        #expect(read == operations)
        for end in encoder.bytes.indices {
            var short = OperationDecoder(Array(encoder.bytes[..<end]))
            var count = 0
            // Cut anywhere it either ends with fewer operations or says that it makes no sense.
            while let _ = try? short.next() { count += 1 }
            #expect(count < operations.count)
        }
    }

    @Test("What is acknowledged soon never gets into the tables")
    func undone() throws {
        let connection = try StoreConnection(directory.file, .synced)
        try connection.write([.saveSession(Rows.session(1))])
        for number in Int64(1)...100 {
            try connection.write(
                batch([
                    .saveReceived(session: 1, packetIdentifier: 5), .saveMessage(Rows.message(number)),
                    .saveDelivery(owner: 1, Rows.delivery(number, number)),
                ]))
            var released = Rows.delivery(number, 0)
            released.state = .released
            try connection.write(batch([.saveDelivery(owner: 1, released), .removeMessage(number)]))
            try connection.write(
                batch([
                    .removeReceived(session: 1, packetIdentifier: 5),
                    .removeDelivery(owner: 1, order: number),
                ]))
            #expect(connection.pendingOperations == 0)
        }
        let state = try connection.read(isComplete: true)
        #expect(state.messages.isEmpty && state.deliveries.isEmpty && state.received.isEmpty)
        #expect(state.sessions.count == 1)
    }

    @Test("A crash leaves the journal: the next start finds everything, and in the tables")
    func crash() throws {
        let copy = try TemporaryDirectory()
        let connection = try StoreConnection(directory.file, .synced)
        try connection.write(batch(FullStore.operations))
        #expect(connection.pendingOperations > 0)
        try DirectoryEntry(copy.file).create()
        try StoreFile(path: directory.file).copy(to: copy.file)
        #expect(try StoreFile(path: copy.file).statistics().sessions == 0)
        #expect(throws: StoreError.self) { try StoreFile(path: copy.file).export { _ in } }
        try StoreFile.settle(path: copy.file)
        #expect(try StoreFile(path: copy.file).check() == [])
        let tables = Tables(try StoreConnection(copy.file, .synced).read(isComplete: true))
        #expect(try tables == Tables(connection.read(isComplete: true)))
        #expect(tables.sessions.count == 2)
    }

    @Test("A journal that makes no sense is damage, and is told")
    func damage() throws {
        do {
            let connection = try StoreConnection(directory.file, .synced)
            try connection.write(batch(FullStore.operations))
        }
        try Blocker(directory.file, "UPDATE journal SET operations = X'63'").release()
        #expect(try StoreFile(path: directory.file).check() == ["the journal makes no sense"])
        do {
            _ = try StoreConnection(directory.file, .synced)
            Issue.record("it was opened")
        } catch let error as StoreError {
            #expect(error.isCorruption)
        }
    }

    @Test("What mostly stays goes straight into the tables, and both ways keep the order")
    func detour() throws {
        let connection = try StoreConnection(directory.file, .synced)
        let payload = [UInt8](repeating: 7, count: 1_000)
        var straight = 0
        for number in Int64(1)...2_000 {
            try connection.write(
                batch([
                    .saveMessage(Rows.message(number, payload)),
                    .saveDelivery(owner: 1, Rows.delivery(number, number)),
                ]))
            if connection.pendingOperations == 0 { straight += 1 }
        }
        #expect(straight > 500)
        let state = try connection.read(isComplete: true)
        #expect(state.deliveries.map(\.1.order) == Array(1...2_000))
        #expect(state.messages.map(\.id) == Array(1...2_000))
    }

    @Test(
        "Histories of an engine: through the journal, over restarts, the tables are what single operations make",
        arguments: 0..<40)
    func histories(seed: UInt64) throws {
        let plain = try TemporaryDirectory()
        let reference = try StoreConnection(plain.file, .written)
        var connection = try StoreConnection(directory.file, .written)
        var engine = OperationSource(seed: seed)
        var marker: Int32 = 0
        for _ in 0..<150 {
            let operations = engine.next()
            marker += 1
            try reference.write(operations)
            try connection.write(
                [StoreBatch(number: 1, operations: operations, isSynced: false)], marker: marker)
            switch engine.roll(12) {
            case 0: try connection.settle()
            case 1:
                connection = try StoreConnection(directory.file, .written)
                #expect(try connection.marker() == marker)
            case 2:
                let question = engine.question
                let (one, other) = (try connection.read(question), try reference.read(question))
                #expect(one.deliveries == other.deliveries && one.messages == other.messages)
            default: break
            }
        }
        #expect(try Tables(connection.read(isComplete: true)) == Tables(reference.read(isComplete: true)))
    }

    private func batch(_ operations: [StoreOperation]) -> StoreBatch {
        StoreBatch(number: 1, operations: operations)
    }
}
