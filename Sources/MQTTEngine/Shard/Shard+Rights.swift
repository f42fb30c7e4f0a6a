import MQTTCodec

/// Rights may change while clients are connected, and with what they show when they come back.
extension Shard {
    /// Asks others from now on. ``reviewRights(at:isRevoked:)`` has to follow: clients have what the ones before
    /// have granted.
    public mutating func replacePorts(_ new: Ports) {
        ports = new
        routes.rightsChanged()
    }

    /// The rules have changed by which clients are let in, or by which they may do things. Ends the
    /// connections of clients that may not stay, takes away subscriptions that would not be granted any more,
    /// and what is queued that may not be received any more. Clients that lost a subscription are disconnected,
    /// so that they learn of it, if ``EngineConfiguration/disconnectsOnLostSubscription`` says so.
    ///
    /// An ``Authorizer`` that is undecided about something leaves it as it is.
    ///
    /// - Parameter isRevoked: whether a connected client may not stay.
    public mutating func reviewRights(
        at moment: Instant, isRevoked: (Event.Client, Credentials) -> Bool
    ) {
        begin(moment)
        for connection in connections.places where connections.isTaken(connection) {
            forgetGrants(connection)
            connections[connection].answers = [:]
            guard connections[connection].phase == .connected else {
                if isRevoked(
                    newcomer(connection), connections[connection].handshake?.credentials ?? Credentials())
                {
                    drop(connection, "the client's right to connect has changed")
                }
                continue
            }
            let session = connections[connection].session
            if isRevoked(client(of: session), sessions[session].credentials ?? Credentials()) {
                disconnect(connection, .notAuthorized, detail: "the client's right to connect has changed")
            }
        }
        guard ports.authorizer != nil else { return }
        for session in sessions.places where sessions.isTaken(session) { reviewRights(ofSession: session) }
    }

    /// A client that is not connected yet. Until it has been let in it has not said who it is, though its certificate
    /// may have; then it waits for its session only, and nobody is asked again.
    private func newcomer(_ connection: Int) -> Event.Client {
        let peer = connections[connection].peer
        guard let handshake = connections[connection].handshake, handshake.isAccepted else {
            return Event.Client(identifier: "", userName: nil, peer: peer)
        }
        return Event.Client(
            identifier: handshake.connect.clientIdentifier, userName: handshake.connect.userName, peer: peer)
    }

    mutating func forgetGrants(_ connection: Int) {
        connections[connection].grants = nil
        connections[connection].routeGrants.removeAll()
    }

    /// One session's client may do other things than before.
    mutating func reviewRights(ofSession session: Int) {
        guard ports.authorizer != nil else { return }
        let hasLost = endLostSubscriptions(session)
        dropUnauthorized(session)
        noticeRights(session)
        let connection = sessions[session].connection
        if hasLost && connection >= 0 && configuration.disconnectsOnLostSubscription {
            disconnect(
                connection, .notAuthorized, detail: "the client's right to a subscription has changed")
        }
    }

    /// A client has come back, with other credentials, another address or under other rules maybe. It is told
    /// nothing of what it has lost: so it is when it asks for it again.
    mutating func reviewResumedSession(_ session: Int) {
        guard ports.authorizer != nil else { return }
        _ = endLostSubscriptions(session)
        dropUnauthorized(session)
        noticeRights(session)
    }

    /// Routes remember who may receive what.
    private mutating func noticeRights(_ session: Int) {
        if ports.authorizer?.filtersMessages == true && !sessions[session].subscriptions.isEmpty {
            routes.rightsChanged()
        }
    }

    private mutating func endLostSubscriptions(_ session: Int) -> Bool {
        let lost = sessions[session].subscriptions.filter { !isStillGranted(Int($0), to: session) }
        for index in lost {
            let filter = subscriptions.filter(of: Int(index))
            report(.unsubscribed(client(of: session), filter: filter))
            if sessions[session].id != 0 {
                _ = gathering.add(
                    .removeSubscription(session: sessions[session].id, filter: filter), .firm)
            }
            removeSubscription(Int(index), of: session)
            stopReplay(filter, session)
        }
        return !lost.isEmpty
    }

    private func isStillGranted(_ index: Int, to session: Int) -> Bool {
        guard let filter = try? TopicFilter(subscriptions.filter(of: index)) else { return true }
        let qos = subscriptions.subscriptions[index].options.qos
        return decision(.subscribe(filter, qos: qos), session) != .deny
    }

    private func decision(_ operation: AccessRequest.Operation, _ session: Int) -> AccessDecision {
        guard let authorizer = ports.authorizer else { return .allow }
        let client = client(of: session)
        return authorizer.decision(
            AccessRequest(
                operation: operation, clientIdentifier: client.identifier, userName: client.userName,
                peer: client.peer, credentials: sessions[session].credentials))
    }

    // MARK: Messages

    /// Takes those off a new route who subscribed to the topic and may not receive it.
    mutating func leaveOutUnauthorized(_ route: inout Route, _ topic: MQTTString) {
        var refused: Set<UInt32> = []
        route.recipients.removeAll { recipient in
            guard !mayReceive(topic, Int(recipient.session)) else { return false }
            refused.insert(recipient.session)
            return true
        }
        for session in refused { route.own[session] = nil }
    }

    /// Whether a message that is kept may go to a session.
    func mayReceive(_ message: Int, _ session: Int) -> Bool {
        guard ports.authorizer?.filtersMessages == true else { return true }
        return mayReceive(MQTTString(copying: messages[message].view.topic), session)
    }

    /// Whether a message that has waited for a session may still go to it.
    func mayTake(_ message: Int, _ session: Int) -> Bool {
        guard ports.authorizer != nil else { return true }
        return mayReceive(MQTTString(copying: messages[message].view.topic), session)
    }

    /// What waits for a client that is away is asked about again when it comes.
    private func mayReceive(_ topic: MQTTString, _ session: Int) -> Bool {
        let decision = decision(.receive(topic: topic), session)
        let isFiltered = ports.authorizer?.filtersMessages == true && sessions[session].connection >= 0
        return isFiltered ? decision == .allow : decision != .deny
    }

    /// Drops what waits for a session in memory and may not be received any more; what waits on the disk is asked
    /// about when it is read. What has been sent at QoS 2 goes on to
    /// its end: its client may have it already, and would take the next message with its identifier for it.
    private mutating func dropUnauthorized(_ session: Int) {
        var refused: [Delivery] = []
        if sessions[session].queue.countInMemory > 0 {
            var queue = sessions[session].queue
            refused = queue.removeAll { !mayTake($0.message, session) }
            for delivery in refused { queue.bytes -= messages[delivery.message].count }
            counters.queuedMessages -= refused.count
            if !refused.isEmpty { sessions[session].queue = queue }
        }
        for identifier in sessions[session].inFlight.dispensable {
            guard let entry = sessions[session].inFlight.find(identifier) else { continue }
            guard !mayTake(entry.delivery.message, session) else { continue }
            _ = sessions[session].inFlight.remove(identifier)
            counters.inFlightMessages -= 1
            refused.append(entry.delivery)
        }
        guard !refused.isEmpty else { return }
        // The other members of a shared subscription may.
        giveBack(refused.filter { $0.group >= 0 }, from: session)
        let own = refused.filter { $0.group < 0 }
        for delivery in own { end(delivery, session) }
        if !own.isEmpty { countDrop(session, .notAuthorized, own.count) }
        markReady(session)
    }
}
