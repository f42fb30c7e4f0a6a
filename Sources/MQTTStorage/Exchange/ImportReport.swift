/// What an import has taken over.
public struct ImportReport: Codable, Sendable, Equatable {
    public var source = ImportSource.export
    public var sessions = 0
    public var subscriptions = 0
    public var sharedSubscriptions = 0
    public var messages = 0
    public var retained = 0
    public var deliveries = 0
    public var received = 0
    public var wills = 0
    /// What was not taken over: how many, by the reason.
    public var leftOut: [String: Int] = [:]
    /// Where the store that was there before is now, if it was replaced.
    public var setAside: String?
}

/// What an import reads.
public enum ImportSource: String, Codable, Sendable {
    /// Lines of JSON, as ``StoreFile/export(_:)`` writes them.
    case export
    /// A copy of a store's file.
    case backup
    /// `mosquitto.db`.
    case mosquitto
    /// The file of Mosquitto 2.1's plugin persist-sqlite.
    case mosquittoSQLite = "mosquitto-sqlite"
}
