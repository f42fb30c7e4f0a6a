/// How long changes are held back that acknowledgements may settle: what is acknowledged before it is written is
/// never written.
///
/// While little comes nothing is held: a lone message is stored at once. Where much comes, a batch takes what has
/// waited for at least ``interval``, and leaves what has come since. How long that has to be shows itself: where
/// much is left when its time is over, acknowledgements take longer.
struct StoreHold {
    /// What is gathered is held where it is at least so many changes.
    var threshold: Int
    /// In milliseconds.
    private(set) var interval = Self.shortest
    /// When what is held has had its time; nil: nothing is held.
    private(set) var endsAt: Instant?
    /// How often in a row nearly nothing was left.
    private var calmTurns = 0
    /// Nothing is held before, because it was of no use.
    private var resumesAt = Instant(milliseconds: 0)
    /// For how long nothing is held the next time, in milliseconds.
    private var pause = Self.shortestPause

    /// Nobody waits longer than twice the longest for what is of no use, in milliseconds.
    static let shortest: Int64 = 1
    static let longest: Int64 = 64

    private static let shortestPause: Int64 = 1_000
    private static let longestPause: Int64 = 60_000

    init(threshold: Int) { self.threshold = threshold }

    /// Whether what is held has to go on waiting.
    func isOn(at now: Instant) -> Bool { endsAt.map { now < $0 } ?? false }

    /// Whether what was gathered is held: it was just looked at, and the time of what was held before is over.
    ///
    /// - Parameters:
    ///   - gathered: how many changes there were, taken back or not.
    ///   - held: how many there were before them, whose time is over.
    ///   - left: how many of those nothing has settled.
    mutating func turn(gathered: Int, held: Int, left: Int, at now: Instant) -> Bool {
        if held > 0 { learn(held, left, now) }
        guard gathered >= threshold || held >= threshold, now >= resumesAt else {
            endsAt = nil
            return false
        }
        endsAt = now.advanced(milliseconds: interval)
        return true
    }

    private mutating func learn(_ held: Int, _ left: Int, _ now: Instant) {
        if left > held / 4 {
            calmTurns = 0
            if interval < Self.longest {
                interval *= 2
            } else if left > held / 2 {
                // Whoever is to acknowledge does not.
                interval = Self.shortest
                resumesAt = now.advanced(milliseconds: pause)
                pause = min(2 * pause, Self.longestPause)
            }
        } else {
            pause = Self.shortestPause
            calmTurns = left <= held / 32 ? calmTurns + 1 : 0
            guard calmTurns == 64, interval > Self.shortest else { return }
            interval /= 2
            calmTurns = 0
        }
    }
}
