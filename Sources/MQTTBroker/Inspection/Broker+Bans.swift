extension Broker {
    /// Who may not come in now, by kind and name.
    ///
    /// - Throws: ``BrokerError/notRunning``.
    public func bans() throws -> [Ban] { try runner.sentry.bans() }

    /// Bans somebody until the time is over or the broker ends, and disconnects whom that concerns, with 0x87.
    ///
    /// - Throws: ``BanProblem``, and ``BrokerError/notRunning``.
    public func ban(_ ban: Ban) async throws {
        let runner = try runner
        try runner.sentry.order(ban)
        _ = try await runner.onEachShard { driver in
            driver.reviewRights { client, _ in runner.sentry.isForbidden(client) }
        }
    }

    /// Ends a ban, one that the broker has made by itself too.
    ///
    /// - Returns: whether there was one.
    /// - Throws: ``BrokerError/notRunning``.
    public func liftBan(_ kind: Ban.Kind, _ subject: String) throws -> Bool {
        try runner.sentry.lift(kind, subject)
    }

    /// - Throws: ``BrokerError/notRunning``.
    public func doorCounters() throws -> DoorCounters { try runner.sentry.counters }
}
