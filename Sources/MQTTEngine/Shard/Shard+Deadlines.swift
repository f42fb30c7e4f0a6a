import MQTTCodec

extension Shard {
    /// Does what time has made due: keep alive, expiry, wills, `$SYS`.
    public mutating func advance(to moment: Instant) {
        begin(moment)
        while let deadline = deadlines.popDue(now) {
            let slot = Int(deadline.slot)
            switch deadline.kind {
            case .connect:
                if connections.isCurrent(slot, deadline.generation) { connectDue(slot) }
            case .authentication:
                if connections.isCurrent(slot, deadline.generation) { authenticationDue(slot) }
            case .keepAlive:
                if connections.isCurrent(slot, deadline.generation) { keepAliveDue(slot) }
            case .sessionExpiry:
                if sessions.isCurrent(slot, deadline.generation), let end = sessions[slot].expiresAt,
                    end <= now
                {
                    endSession(slot, .expired)
                }
            case .will:
                if sessions.isCurrent(slot, deadline.generation) { willDue(slot) }
            case .slowReader:
                if sessions.isCurrent(slot, deadline.generation) { slowReaderDue(slot) }
            case .publisherHold:
                if connections.isCurrent(slot, deadline.generation) { publisherHoldDue(slot) }
            case .rate:
                if connections.isCurrent(slot, deadline.generation) { rateDue(slot) }
            case .retainedExpiry: retainedExpiryDue(slot, deadline.generation)
            case .systemTopics: systemTopicsDue()
            }
        }
    }

    /// One and a half times the keep alive without a packet: as if the network had failed [MQTT-3.1.2-22].
    private mutating func keepAliveDue(_ connection: Int) {
        let limit = connections[connection].keepAliveLimit
        guard limit > 0 else { return }
        // Who is not read cannot be heard.
        if connections[connection].isReadingPaused { connections[connection].lastReceived = now }
        let deadline = connections[connection].lastReceived.advanced(milliseconds: limit)
        guard deadline <= now else {
            deadlines.add(
                .keepAlive, at: deadline, slot: connection, generation: connections.generation(of: connection)
            )
            return
        }
        disconnect(
            connection, .keepAliveTimeout, detail: "no packet within one and a half times the keep alive")
    }

    /// The time for CONNECT is over. A client that has sent it waits for the broker, and is not to blame; what it has
    /// to say itself it has to say in the time.
    private mutating func connectDue(_ connection: Int) {
        guard connections[connection].phase != .connected else { return }
        let limits = configuration.limits
        let end = connections[connection].openedAt.advanced(
            milliseconds: limits.timeToConnect + limits.timeToDecide)
        guard connections[connection].phase == .authenticating, !connections[connection].holds.isEmpty,
            now < end
        else {
            drop(connection, "no CONNECT was accepted in time")
            return
        }
        deadlines.add(
            .connect, at: min(end, now.advanced(milliseconds: limits.timeToConnect)), slot: connection,
            generation: connections.generation(of: connection))
    }
}
