/// How a client connects again after a connection was lost: after delays that double, with half of each delay
/// left to chance, so that a thousand clients do not come back at once.
public struct ReconnectPolicy: Hashable, Sendable {
    /// The delay before the first attempt.
    public var initialDelay = Duration.milliseconds(250)
    /// The longest delay.
    public var maximumDelay = Duration.seconds(30)
    /// How many attempts fail before the client gives up; nil: it never does.
    public var maximumAttempts: Int?

    public init(
        initialDelay: Duration = .milliseconds(250), maximumDelay: Duration = .seconds(30),
        maximumAttempts: Int? = nil
    ) {
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
        self.maximumAttempts = maximumAttempts
    }

    /// The delay before an attempt; the first is 1.
    func delay(before attempt: Int, using random: inout some RandomNumberGenerator) -> Duration {
        var delay = initialDelay
        for _ in 1..<max(1, min(attempt, 40)) {
            delay = min(delay * 2, maximumDelay)
            if delay == maximumDelay { break }
        }
        delay = min(delay, maximumDelay)
        return delay / 2 + delay / 2 * Double.random(in: 0...1, using: &random)
    }
}
