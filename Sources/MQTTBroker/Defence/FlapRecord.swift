import MQTTEngine

/// How often a client has lost its connection lately.
struct FlapRecord: Sendable {
    private var losses = 0
    private var since = Instant(milliseconds: 0)
    private(set) var ban = BanTerm()

    /// Returns whether a ban begins.
    mutating func lost(_ limits: DefenceLimits, at now: Instant) -> Bool {
        if losses == 0 || now.milliseconds(since: since) >= limits.flapTime {
            losses = 0
            since = now
        }
        losses += 1
        guard losses > limits.flaps, ban.begin(for: limits.flapBanTime, at: now) else { return false }
        losses = 0
        return true
    }
}
