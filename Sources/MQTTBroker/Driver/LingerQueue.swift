import MQTTEngine

/// Connections that have been given their last bytes, in the order in which their time ends: all have the
/// same, so the newest is the last.
struct LingerQueue {
    private var entries: [(connection: Weak, deadline: Instant)] = []
    private var head = 0

    private struct Weak {
        weak var connection: (any Connection)?
    }

    var nextDeadline: Instant? { head < entries.count ? entries[head].deadline : nil }

    mutating func append(_ connection: any Connection, until deadline: Instant) {
        entries.append((Weak(connection: connection), deadline))
    }

    /// The next connection whose time is over; those that have ended by themselves are skipped.
    mutating func next(dueAt now: Instant) -> (any Connection)? {
        while head < entries.count, entries[head].deadline <= now {
            let connection = entries[head].connection.connection
            head += 1
            if head > 64, head * 2 > entries.count {
                entries.removeFirst(head)
                head = 0
            }
            if let connection { return connection }
        }
        return nil
    }

    mutating func removeAll() {
        entries = []
        head = 0
    }
}
