import MQTTEngine

/// How often a client has lost its connection lately.
struct FlapRecord: Sendable {
    private var losses = 0
    private var since = Instant(milliseconds: 0)
    private var bannedUntil: Instant?

    func isBanned(at now: Instant) -> Bool { bannedUntil.map { now < $0 } ?? false }

    /// Milliseconds until the ban ends; nil: there is none.
    func remaining(at now: Instant) -> Int64? {
        bannedUntil.flatMap { now < $0 ? $0.milliseconds(since: now) : nil }
    }

    /// Returns whether a ban begins.
    mutating func lost(_ limits: DefenceLimits, at now: Instant) -> Bool {
        if losses == 0 || now.milliseconds(since: since) >= limits.flapTime {
            losses = 0
            since = now
        }
        losses += 1
        guard losses > limits.flaps, !isBanned(at: now) else { return false }
        bannedUntil = now.advanced(milliseconds: limits.flapBanTime)
        losses = 0
        return true
    }
}
