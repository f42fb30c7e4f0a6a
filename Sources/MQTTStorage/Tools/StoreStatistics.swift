/// How much is in a store.
public struct StoreStatistics: Codable, Sendable, Equatable {
    /// The version of the tables.
    public var schema: String
    public var sessions: Int64
    public var subscriptions: Int64
    public var sharedSubscriptions: Int64
    /// Messages, each counted once however many sessions wait for it.
    public var messages: Int64
    /// Their topics, properties and payloads, in bytes.
    public var messageBytes: Int64
    public var retainedMessages: Int64
    /// Deliveries that were not sent yet.
    public var queued: Int64
    /// Deliveries that were sent and are not acknowledged.
    public var inFlight: Int64
    /// QoS 2 messages that came and are not released.
    public var received: Int64
    public var wills: Int64
    /// The file without its log, in bytes.
    public var fileBytes: Int64
    /// The write-ahead log, in bytes.
    public var logBytes: Int64
    /// What compacting would give back at least, in bytes.
    public var freeBytes: Int64
}

extension StoreFile {
    /// - Throws: ``StoreError`` if the file is damaged.
    public func statistics() throws -> StoreStatistics {
        try database.snapshot {
            // Flags: two bits of QoS, RETAIN, and two of the state.
            StoreStatistics(
                schema: try schema(), sessions: try database.count("session"),
                subscriptions: try database.count("subscription"),
                sharedSubscriptions: try database.count("share_group"),
                messages: try database.count("message"),
                messageBytes: try database.number("SELECT coalesce(sum(length(bytes)), 0) FROM message"),
                retainedMessages: try database.count("retained"),
                queued: try database.count("delivery WHERE flags & 24 = 0"),
                inFlight: try database.count("delivery WHERE flags & 24 > 0"),
                received: try database.count("received"),
                wills: try database.count("session WHERE will IS NOT NULL"),
                fileBytes: DirectoryEntry(path).size, logBytes: DirectoryEntry(path + "-wal").size,
                freeBytes: try database.number("PRAGMA freelist_count") * database.number("PRAGMA page_size"))
        }
    }

    /// The latest migration that the file has seen.
    private func schema() throws -> String {
        var latest = 0
        try database.each("SELECT identifier FROM grdb_migrations") {
            latest = max(latest, Int(String(decoding: $0.bytes(0), as: UTF8.self)) ?? 0)
        }
        return String(latest)
    }
}
