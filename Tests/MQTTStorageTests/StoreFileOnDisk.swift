import MQTTStorage
import Synchronization

@testable import MQTTEngine

/// A store as the broker uses it, awaited.
struct StoreFileOnDisk {
    let store: SQLiteStore
    let troubles = Troubles()

    init(_ directory: TemporaryDirectory, _ durability: Durability = .synced) throws {
        store = try SQLiteStore(directory: directory.path, durability: durability)
    }

    func commit(_ number: UInt64 = 1, _ operations: StoreOperation...) async {
        await commit(number, operations)
    }

    func commit(_ number: UInt64 = 1, _ operations: [StoreOperation]) async {
        await withCheckedContinuation { continuation in
            store.commit(
                StoreBatch(number: number, operations: operations),
                trouble: { [troubles] in troubles.add($0) },
                isStored: { continuation.resume() })
        }
    }

    func tables() async throws -> Tables { Tables(try await store.contents()) }

    /// What the store complained of; nil stands for its recovery.
    final class Troubles: Sendable {
        private let texts = Mutex<[StoreTrouble?]>([])
        private let onFirst = Mutex<(@Sendable () -> Void)?>(nil)

        var all: [StoreTrouble?] { texts.withLock { $0 } }

        func add(_ text: StoreTrouble?) {
            texts.withLock { $0.append(text) }
            onFirst.withLock { action in
                action?()
                action = nil
            }
        }

        /// At the first trouble, on the store's thread.
        func atFirst(_ action: @escaping @Sendable () -> Void) { onFirst.withLock { $0 = action } }
    }
}
