/// How much a client may publish before it is held back: full at first, used up by packets, and filling again
/// with time. It may be overdrawn by one packet, or one that is larger than a second's worth could never pass.
struct RateAllowance {
    private let messageRate: Int64
    private let byteRate: Int64
    /// In thousandths of a message, and of a byte.
    private var messages: Int64
    private var bytes: Int64
    private var measuredAt: Instant
    /// Whether it was told that the client is too fast: once for a connection.
    var isReported = false

    /// nil: the client may publish as much as it likes.
    init?(_ limits: Limits, at now: Instant) {
        guard limits.messageRate > 0 || limits.byteRate > 0 else { return nil }
        // A bound for the arithmetic: 2^40 a second for a million seconds do not overflow.
        messageRate = Int64(min(limits.messageRate, 1 << 40))
        byteRate = Int64(min(limits.byteRate, 1 << 40))
        messages = messageRate * 1000
        bytes = byteRate * 1000
        measuredAt = now
    }

    mutating func spend(bytes count: Int) {
        messages -= messageRate > 0 ? 1000 : 0
        bytes -= byteRate > 0 ? Int64(count) * 1000 : 0
    }

    /// What waits is looked through each time that it is taken up again: ten times a second, not for each packet.
    private static let shortestWait: Int64 = 100

    /// Milliseconds until it may publish again; 0: it may now.
    mutating func wait(at now: Instant) -> Int64 {
        let passed = min(max(now.milliseconds(since: measuredAt), 0), 1_000_000)
        measuredAt = now
        messages = min(messages + passed * messageRate, messageRate * 1000)
        bytes = min(bytes + passed * byteRate, byteRate * 1000)
        let wait = max(Self.wait(messages, messageRate), Self.wait(bytes, byteRate))
        return wait == 0 ? 0 : max(wait, Self.shortestWait)
    }

    /// What was spent must have come back in whole.
    private static func wait(_ amount: Int64, _ rate: Int64) -> Int64 {
        guard rate > 0, amount < 0 else { return 0 }
        return (-amount + rate - 1) / rate
    }
}
