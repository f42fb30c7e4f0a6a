import Logging
import MQTTEngine
import MQTTStorage

/// The store in the data directory, as the configuration wants it.
enum DataStore {
    /// nil: everything is in memory.
    ///
    /// - Throws: ``StoreError`` if the file cannot be opened, or is damaged and to be left as it is.
    static func open(_ configuration: ServerConfiguration, _ directory: String, _ logger: Logger) throws
        -> SQLiteStore?
    {
        let durability = configuration.durability
        guard durability != .memory else {
            logger.notice("durability is memory: sessions, queues and retained messages end with the broker")
            return nil
        }
        StoreSnapshot.removeAll(in: directory)
        let store = try SQLiteStore(
            directory: directory, durability: durability, onDamage: configuration.damagePolicy,
            report: { logger.critical("\($0)") })
        logger.debug(
            "store opened", metadata: ["durability": "\(durability.rawValue)", "directory": "\(directory)"])
        return store
    }
}
