/// Counts lines of the same message, and lets through only so many of them in a while: a client that fails a
/// thousand times a second must not fill a disk.
struct LogRepeats {
    private struct Kind {
        var since: Timestamp
        var count = 0
    }

    /// Lines of one message in a window; 0: any number.
    var burst: Int
    /// In milliseconds.
    static let window: Int64 = 10_000
    /// Messages that are counted at a time: most are fixed texts.
    private static let most = 256

    private var kinds: [String: Kind] = [:]
    private var lastLook = Timestamp(milliseconds: 0)

    init(burst: Int) { self.burst = burst }

    /// What to write now: the line, and what is to be told of lines that were left out before.
    mutating func admit(_ message: String, at time: Timestamp) -> [LogOutput.Line] {
        guard burst > 0 else { return [.event] }
        var lines: [LogOutput.Line] = []
        if time.milliseconds - lastLook.milliseconds >= Self.window
            || time.milliseconds < lastLook.milliseconds
        {
            lastLook = time
            for (message, kind) in kinds.sorted(by: { $0.key < $1.key })
            where time.milliseconds - kind.since.milliseconds >= Self.window {
                if kind.count > burst { lines.append(.repeated(message, kind.count - burst)) }
                kinds[message] = nil
            }
        }
        guard kinds[message] != nil || kinds.count < Self.most else { return lines + [.event] }
        kinds[message, default: Kind(since: time)].count += 1
        return (kinds[message]?.count ?? 0) > burst ? lines : lines + [.event]
    }
}
