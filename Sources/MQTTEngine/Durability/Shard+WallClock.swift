import MQTTCodec

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
            bound(session)
            saveSession(session, .firm)
        }
    }

    /// Whether its row has one.
    private func hasDeadline(_ session: Int) -> Bool {
        guard sessions[session].id != 0 else { return false }
        let expiresAt = sessions[session].expiryInterval == .max ? nil : sessions[session].expiresAt
        return (expiresAt ?? sessions[session].will?.dueAt) != nil
    }

    /// No deadline is farther away than its whole time. One that was restored by a clock that was years behind seems to
    /// be, and would get the years once more.
    private mutating func bound(_ session: Int) {
        let interval = sessions[session].expiryInterval
        let generation = sessions.generation(of: session)
        let end = now.advanced(seconds: Int64(interval))
        if interval != .max, let expiresAt = sessions[session].expiresAt, end < expiresAt {
            sessions[session].expiresAt = end
            deadlines.add(.sessionExpiry, at: end, slot: session, generation: generation)
        }
        guard let pending = sessions[session].will, let due = pending.dueAt else { return }
        let delay = min(pending.will.properties.willDelayInterval ?? 0, interval)
        let latest = now.advanced(seconds: Int64(delay))
        if latest < due {
            pending.dueAt = latest
            deadlines.add(.will, at: latest, slot: session, generation: generation)
        }
    }
}
