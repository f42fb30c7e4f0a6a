import MQTTEngine

/// Failures within a time, and the ban that too many of them bring.
struct FailureCount: Sendable, Equatable {
    /// Those that count for a ban.
    private(set) var counted = 0
    /// All of them, for the delay.
    private(set) var all = 0
    private var since = Instant(milliseconds: 0)
    private(set) var ban = BanTerm()

    /// Returns whether a ban begins.
    mutating func fail(counts: Bool, maximum: Int, _ limits: DefenceLimits, at now: Instant) -> Bool {
        if all == 0 || now.milliseconds(since: since) >= limits.failureTime {
            counted = 0
            all = 0
            since = now
        }
        all += 1
        guard counts else { return false }
        counted += 1
        guard maximum > 0, counted >= maximum, ban.begin(for: limits.banTime, at: now) else { return false }
        counted = 0
        return true
    }
}
