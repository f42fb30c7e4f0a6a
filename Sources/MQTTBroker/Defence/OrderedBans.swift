import MQTTCodec
import MQTTEngine
import MQTTTransport

/// The bans that operators have ordered. They count for everybody, also where ``DefenceLimits`` make exceptions.
struct OrderedBans: Sendable {
    /// Of each kind: every connection is compared with all ranges of addresses.
    static let maximum = 1_000
    /// Milliseconds after which it is told again that somebody is turned away: logs have bounds too.
    private static let reportTime: Int64 = 60_000

    private struct Entry: Sendable {
        var reason: String
        /// nil: it does not end by itself.
        var until: Instant?
        var reportedAt: Instant?

        func isOver(at now: Instant) -> Bool { until.map { $0 <= now } ?? false }
    }

    private var entries: [Ban.Kind: [String: Entry]] = [:]
    private var ranges: [AddressRange] = []

    /// Adds a ban, or gives it another end and reason.
    mutating func order(_ ban: Ban, at now: Instant) throws(BanProblem) {
        removeOver(at: now)
        guard !ban.subject.isEmpty else { throw .noSubject }
        let range = ban.kind == .address ? AddressRange(ban.subject) : nil
        guard ban.kind != .address || range != nil else { throw .noAddress(ban.subject) }
        let isNew = entries[ban.kind]?[ban.subject] == nil
        guard !isNew || (entries[ban.kind]?.count ?? 0) < Self.maximum else { throw .tooMany(Self.maximum) }
        entries[ban.kind, default: [:]][ban.subject] = Entry(
            reason: ban.reason, until: ban.remaining.map { now.advanced(milliseconds: $0) })
        if isNew, let range { ranges.append(range) }
    }

    /// Returns whether there was one.
    mutating func lift(_ kind: Ban.Kind, _ subject: String) -> Bool {
        guard entries[kind]?.removeValue(forKey: subject) != nil else { return false }
        if entries[kind]?.isEmpty == true { entries[kind] = nil }
        if kind == .address { ranges.removeAll { $0.description == subject } }
        return true
    }

    mutating func all(at now: Instant) -> [Ban] {
        removeOver(at: now)
        return entries.flatMap { kind, all in
            all.map { subject, entry in
                Ban(
                    kind, subject, remaining: entry.until.map { $0.milliseconds(since: now) },
                    isOrdered: true,
                    reason: entry.reason)
            }
        }
    }

    /// Whether an address may not come; and if so, whether that is to be told.
    mutating func forbids(_ address: NetworkAddress, at now: Instant) -> (isForbidden: Bool, isFirst: Bool) {
        guard !ranges.isEmpty else { return (false, false) }
        for range in ranges where range.contains(address) {
            guard let entry = entries[.address]?[range.description], !entry.isOver(at: now) else { continue }
            let isFirst = entry.reportedAt.map { now.milliseconds(since: $0) >= Self.reportTime } ?? true
            if isFirst { entries[.address]?[range.description]?.reportedAt = now }
            return (true, isFirst)
        }
        return (false, false)
    }

    /// Whether a user or a client may not come.
    func forbids(_ clientIdentifier: MQTTString, _ userName: MQTTString?, at now: Instant) -> Bool {
        guard !entries.isEmpty else { return false }
        func isIn(_ kind: Ban.Kind, _ name: MQTTString) -> Bool {
            entries[kind]?[name.description].map { !$0.isOver(at: now) } ?? false
        }
        return isIn(.client, clientIdentifier) || userName.map { isIn(.user, $0) } ?? false
    }

    private mutating func removeOver(at now: Instant) {
        for (kind, all) in entries {
            for (subject, entry) in all where entry.isOver(at: now) { _ = lift(kind, subject) }
        }
    }
}
