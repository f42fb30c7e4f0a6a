import MQTTCodec

extension Shard {
    /// The rules have changed by which clients are let in, or by which they may do things. Ends the
    /// connections of clients that may not stay, takes away subscriptions that would not be granted any more,
    /// and ends the connections that lost one, so that their clients learn of it. What was queued for them
    /// before stays.
    ///
    /// An ``Authorizer`` that is undecided about a subscription leaves it as it is.
    ///
    /// - Parameter isRevoked: whether a connected client may not stay.
    public mutating func reviewRights(at moment: Instant, isRevoked: (Event.Client) -> Bool) {
        begin(moment)
        for connection in connections.places where connections.isTaken(connection) {
            connections[connection].grants = nil
            connections[connection].answers = [:]
            guard connections[connection].phase == .connected else { continue }
            if isRevoked(client(of: connections[connection].session)) {
                disconnect(connection, .notAuthorized, detail: "the client's right to connect has changed")
            }
        }
        guard ports.authorizer != nil else { return }
        for session in sessions.places where sessions.isTaken(session) {
            let lost = sessions[session].subscriptions.filter { !isStillGranted(Int($0), to: session) }
            for index in lost {
                let filter = subscriptions.filter(of: Int(index))
                report(.unsubscribed(client(of: session), filter: filter))
                if sessions[session].id != 0 {
                    _ = gathering.add(
                        .removeSubscription(session: sessions[session].id, filter: filter), isUrgent: true)
                }
                removeSubscription(Int(index), of: session)
                stopReplay(filter, session)
            }
            let connection = sessions[session].connection
            if !lost.isEmpty && connection >= 0 {
                disconnect(
                    connection, .notAuthorized, detail: "the client's right to a subscription has changed")
            }
        }
    }

    private func isStillGranted(_ index: Int, to session: Int) -> Bool {
        guard let authorizer = ports.authorizer,
            let filter = try? TopicFilter(subscriptions.filter(of: index))
        else { return true }
        let client = client(of: session)
        let request = AccessRequest(
            operation: .subscribe(filter, qos: subscriptions.subscriptions[index].options.qos),
            clientIdentifier: client.identifier, userName: client.userName, peer: client.peer)
        return authorizer.decision(request) != .deny
    }
}
