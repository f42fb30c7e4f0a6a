#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One line of an export: an object with one member, which says what the line is about. docs/store.md describes
/// it; a change that older readers would misunderstand needs a new ``version``.
struct ExportLine: Codable {
    static let version = 1

    var martletExport: Header?
    var session: Session?
    var subscription: Subscription?
    var shared: Shared?
    var message: Message?
    var retained: Retained?
    var delivery: Delivery?
    var received: Received?
    var end: End?

    struct Header: Codable {
        var version: Int
    }

    struct Session: Codable {
        var id: Int64
        var client: String
        var user: String?
        var version: Int
        var expiryInterval: UInt32
        var expiresAt: Int64?
        var will: Will?
        var willDueAt: Int64?
    }

    struct Will: Codable {
        var topic: String
        var payload: Data
        var qos: Int
        var retain: Bool
        var properties: [PropertyLine]?
    }

    struct Subscription: Codable {
        var session: Int64
        var filter: String
        var qos: Int
        var noLocal: Bool
        var retainAsPublished: Bool
        var retainHandling: Int
        var identifier: UInt32
        var replaying: Bool
    }

    struct Shared: Codable {
        var id: Int64
        var filter: String
    }

    struct Message: Codable {
        var id: Int64
        var topic: String
        var payload: Data
        var qos: Int
        var retain: Bool
        var expiresAt: Int64?
        var properties: [PropertyLine]?
    }

    struct Retained: Codable {
        var topic: String
        var message: Int64
    }

    struct Delivery: Codable {
        var owner: Int64
        var place: Int64
        var message: Int64
        var qos: Int
        var retain: Bool
        var state: String
        var packet: UInt16
        var shared: Int64
        var subscriptionIdentifiers: [UInt32]?
    }

    struct Received: Codable {
        var session: Int64
        var packet: UInt16
    }

    /// The last line: how many lines stand before it, without the first.
    struct End: Codable {
        var lines: Int
    }
}
