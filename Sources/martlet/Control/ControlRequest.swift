import MQTTStorage

/// What a tool asks of the broker that uses a data directory: one line of JSON on its control socket.
enum ControlRequest: String, Codable, Sendable {
    /// How much is stored.
    case statistics = "store-statistics"
    /// A copy of the store in its directory, which whoever asked removes.
    case snapshot = "store-snapshot"
    /// To write the store's file anew, without gaps.
    case compact = "store-compact"

    struct Envelope: Codable {
        var request: ControlRequest
    }
}

/// The broker's answer, one line of JSON.
struct ControlAnswer: Codable, Sendable {
    /// Why it was not done. The others are nil then.
    var error: String?
    var statistics: StoreStatistics?
    /// The path of the copy.
    var snapshot: String?
    var compacted: Compaction?

    /// Sizes in bytes.
    struct Compaction: Codable, Sendable {
        var before: Int64
        var after: Int64
    }
}
