/// Deadlines that outlive the shard are stored in the time of the wall clock.
extension Shard {
    func wallClock(_ instant: Instant?) -> Int64? {
        guard let instant, instant.milliseconds < .max / 2 else { return nil }
        return instant.milliseconds + wallClockOffset
    }

    func instant(_ wallClock: Int64?) -> Instant? {
        wallClock.map { Instant(milliseconds: $0 - wallClockOffset) }
    }

    /// The machine's clock was set while the shard runs: what is stored of sessions and wills goes with it, so that
    /// they do not end early with the next start. A small machine may begin with a clock that is years behind.
    ///
    /// - Parameter offset: the new ``wallClockOffset``.
    public mutating func wallClockSet(to offset: Int64, at moment: Instant) {
        begin(moment)
        wallClockOffset = offset
        for session in sessions.places where sessions.isTaken(session) && hasDeadline(session) {
            saveSession(session, .firm)
        }
    }

    /// Whether its row has one.
    private func hasDeadline(_ session: Int) -> Bool {
        guard sessions[session].id != 0 else { return false }
        let expiresAt = sessions[session].expiryInterval == .max ? nil : sessions[session].expiresAt
        return (expiresAt ?? sessions[session].will?.dueAt) != nil
    }
}
