import MQTTBroker
import MQTTCodec
import MQTTEngine
import NIOCore
import Synchronization
import Testing

/// Several event loops and one store.
@Suite(.timeLimit(.minutes(2))) struct SharedStoreTests {
    @Test("what a QoS 2 message changes on several event loops is one transaction", arguments: [2, 3, 5])
    func rounds(shards: Int) async throws {
        let store = RecordingStore()
        try await RunningBroker.with(.tcp, configure: { $0.shards = shards }, store: store) { running in
            var subscribers: [TestClient] = []
            for number in 0..<shards {
                let client = try await running.connected(
                    MQTTString("s\(number)"), cleanStart: false, properties: [.sessionExpiryInterval(.max)])
                try await client.subscribe("a/#", .atLeastOnce)
                subscribers.append(client)
            }
            for number in 0..<shards {
                let publisher = try await running.connected(
                    MQTTString("p\(number)"), cleanStart: false, properties: [.sessionExpiryInterval(.max)])
                for message in 0..<10 {
                    try await publisher.publish(
                        MQTTString("a/\(number)"), ByteBuffer(string: "\(message)"), .exactlyOnce)
                }
            }
            for subscriber in subscribers {
                for _ in 0..<shards * 10 { _ = try await subscriber.message() }
            }
        }
        let batches = store.batches.withLock { $0 }
        let received = batches.filter { batch in
            batch.operations.contains { if case .saveReceived = $0 { true } else { false } }
        }
        #expect(!received.isEmpty)
        for batch in received {
            var identifiers = 0
            var owners: [Int64: Int] = [:]
            for case .saveReceived in batch.operations { identifiers += 1 }
            for case .saveDelivery(let owner, let row) in batch.operations where row.state != .released {
                owners[owner, default: 0] += 1
            }
            #expect(owners.count == shards, "all receivers' rows are there")
            for count in owners.values { #expect(count >= identifiers) }
        }
    }
}

/// A store that remembers what it was given.
private final class RecordingStore: Store {
    let batches = Mutex<[StoreBatch]>([])

    func load(progress: @escaping @Sendable (Int) -> Void) async throws -> StoredState { StoredState() }

    func commit(
        _ batch: StoreBatch, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isStored: @escaping @Sendable () -> Void
    ) {
        batches.withLock { $0.append(batch) }
        isStored()
    }

    func read(
        _ question: QueueRead, trouble: @escaping @Sendable (StoreTrouble?) -> Void,
        isRead: @escaping @Sendable (QueueRows) -> Void
    ) {}

    var bytesOnDisk: Int { 0 }
    func close() async {}
}
