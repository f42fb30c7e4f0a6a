import Logging
import MQTTEngine

/// Hands a shard's batches to the store, and says when it does not work.
final class StoreFeed {
    private let store: any Store
    private let logger: Logger

    init(_ store: any Store, _ logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func commit(_ batch: StoreBatch, isStored: @escaping @Sendable () -> Void) {
        store.commit(
            batch,
            trouble: { [logger] text in
                if let text {
                    logger.error("\(text)")
                } else {
                    logger.notice("the store writes again")
                }
            }, isStored: isStored)
    }
}
