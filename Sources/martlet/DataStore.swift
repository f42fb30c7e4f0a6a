import Logging
import MQTTEngine
import MQTTStorage

/// The store in the data directory, as the configuration wants it.
enum DataStore {
    /// nil: everything is in memory.
    ///
    /// - Throws: ``StoreError`` if the file is damaged or cannot be opened; it is left as it is.
    static func open(_ durability: Durability, _ directory: String, _ logger: Logger) throws -> (any Store)? {
        guard durability != .memory else {
            logger.notice("durability is memory: sessions, queues and retained messages end with the broker")
            return nil
        }
        let store = try SQLiteStore(directory: directory, durability: durability)
        logger.debug(
            "store opened", metadata: ["durability": "\(durability.rawValue)", "directory": "\(directory)"])
        return store
    }
}
