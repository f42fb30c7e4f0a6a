import MQTTEngine

/// What is known of an address.
struct AddressRecord: Sendable {
    var failures = FailureCount()
    /// Hashes of the last wrong names and passwords, newest last.
    var attempts: [Int] = []
    var handshakes = 0
    /// Thousandths of connections that may come at once.
    private var allowance: Int64
    private var measuredAt: Instant
    private var reportedAt: Instant?

    /// How many wrong logins are told apart.
    private static let attemptMaximum = 8
    /// Milliseconds after which it is told again that somebody is turned away: logs have bounds too.
    static let reportTime: Int64 = 60_000

    init(_ limits: DefenceLimits, at now: Instant) {
        allowance = Int64(limits.connectionBurst) * 1000
        measuredAt = now
    }

    /// nil: one more connection may come.
    mutating func arrived(_ limits: DefenceLimits, at now: Instant) -> Defence.Arriving? {
        if failures.ban.isOn(at: now) { return refused(.banned, at: now) }
        if limits.connectionRate > 0 {
            let passed = max(0, now.milliseconds(since: measuredAt))
            let filled = passed.multipliedReportingOverflow(by: Int64(limits.connectionRate))
            let whole = Int64(limits.connectionBurst) * 1000
            allowance = filled.overflow ? whole : min(whole, allowance + min(filled.partialValue, whole))
            measuredAt = now
            guard allowance >= 1000 else { return refused(.tooFast, at: now) }
            allowance -= 1000
        }
        if limits.addressHandshakes > 0, handshakes >= limits.addressHandshakes {
            return refused(.tooManyHandshakes, at: now)
        }
        handshakes += 1
        return nil
    }

    private mutating func refused(_ reason: Defence.TurnedAway, at now: Instant) -> Defence.Arriving {
        let isFirst = reportedAt.map { now.milliseconds(since: $0) >= Self.reportTime } ?? true
        if isFirst { reportedAt = now }
        return .refused(reason, isFirst: isFirst)
    }

    /// A wrong name and password were tried; false: the same ones as lately.
    mutating func isNew(_ attempt: Int) -> Bool {
        guard !attempts.contains(attempt) else { return false }
        if attempts.count >= Self.attemptMaximum { attempts.removeFirst() }
        attempts.append(attempt)
        return true
    }
}
