import MQTTBroker

/// Somebody who may not come in.
struct BanValue: AdminValue {
    enum Kind: String, Codable, Sendable, CaseIterable, WordValue {
        case address, user, client
    }

    var kind: Kind
    /// An address or a range of them, a user name, or a client identifier.
    var subject: String
    /// nil: until it is lifted, or the broker ends.
    var seconds: Double?
    var reason: String?
    /// Whether an operator has ordered it; else the broker's own defence has.
    var ordered: Bool?

    static let example = Self(
        kind: .address, subject: "192.0.2.0/24", seconds: 3_600, reason: "scans", ordered: true)
}

extension BanValue {
    init(_ ban: Ban) {
        kind = Kind(ban.kind)
        subject = ban.subject
        seconds = ban.remaining.map { Double($0) / 1000 }
        reason = ban.reason
        ordered = ban.isOrdered
    }

    /// - Throws: ``AdminError`` for a time that cannot be.
    func ban() throws -> Ban {
        if let seconds, !(seconds > 0 && seconds <= 366 * 86_400) {
            throw AdminError.refused("seconds must be more than 0, and a year at the most")
        }
        return Ban(
            kind.engine, subject, for: seconds.map { Int64($0 * 1000) },
            reason: String((reason ?? "").prefix(256)))
    }
}

extension BanValue.Kind {
    init(_ kind: Ban.Kind) {
        switch kind {
        case .address: self = .address
        case .user: self = .user
        case .client: self = .client
        }
    }

    var engine: Ban.Kind {
        switch self {
        case .address: .address
        case .user: .user
        case .client: .client
        }
    }
}

struct BanList: AdminValue {
    var items: [BanValue]
    static let example = Self(items: [.example])
}
