import MQTTCodec

extension Shard {
    /// Ends a client's connection at the operator's wish. Its session stays, if it is stored.
    ///
    /// - Returns: whether it was connected.
    public mutating func disconnect(
        client clientIdentifier: MQTTString, _ reason: ReasonCode, at moment: Instant
    ) -> Bool {
        begin(moment)
        guard let session = place(of: clientIdentifier), sessions[session].connection >= 0 else {
            return false
        }
        disconnect(id(of: sessions[session].connection), reason, at: moment)
        return true
    }

    /// Discards a client's session, and its connection with it, at the operator's wish.
    ///
    /// - Returns: whether there was one.
    public mutating func endSession(of clientIdentifier: MQTTString, at moment: Instant) -> Bool {
        begin(moment)
        guard let session = place(of: clientIdentifier) else { return false }
        let generation = sessions.generation(of: session)
        let connection = sessions[session].connection
        if connection >= 0 {
            disconnect(connection, .administrativeAction, detail: "the operator ended the session")
            // Where the session was not stored, it went with its connection.
            guard sessions.isCurrent(session, generation) else { return true }
        }
        endSession(session, .administrative)
        return true
    }
}
