import DequeModule
import MQTTCodec
import NIOCore

extension Shard {
    /// Who a session's client is, for reports.
    func client(of session: Int) -> Event.Client {
        let connection = sessions[session].connection
        return Event.Client(
            identifier: sessions[session].clientIdentifier, userName: sessions[session].userName,
            peer: connection >= 0 ? connections[connection].peer : Peer(address: "", listener: ""))
    }

    /// DISCONNECT from the client, section 3.14.
    mutating func received(_ packet: Disconnect, _ connection: Int) {
        let session = connections[connection].session
        if let requested = packet.properties.sessionExpiryInterval {
            // An interval of 0 cannot be changed here: the session would have to outlive what it never had.
            guard sessions[session].expiryInterval > 0 || requested == 0 else {
                disconnect(connection, .protocolError, detail: "DISCONNECT sets a session expiry that was 0")
                return
            }
            sessions[session].expiryInterval = min(requested, configuration.limits.sessionExpiryInterval)
        }
        if packet.reasonCode == .normalDisconnection { forgetWill(session) }
        close(connection, .byClient(packet.reasonCode))
    }

    /// The transport of a connection has ended, without the shard asking for it.
    public mutating func connectionLost(_ id: ConnectionID, at moment: Instant) {
        begin(moment)
        guard isCurrent(id) else { return }
        let connection = Int(id.slot)
        if connections[connection].phase != .connected {
            report(
                .connectionDropped(connections[connection].peer, detail: "closed before CONNECT was accepted")
            )
        } else if !connections[connection].holds.isEmpty && connections[connection].inbound.readableBytes > 0
        {
            // What was sent before the end counts, a DISCONNECT at the end of it above all.
            connections[connection].isLost = true
            connections[connection].isWritable = false
            connections[connection].isReadingPaused = true
            // Nothing of it was promised, so the wait for room has an end.
            deadlines.add(
                .publisherHold, at: now.advanced(milliseconds: configuration.limits.publisherHoldTime),
                slot: connection, generation: id.generation)
            return
        }
        forgetLost(connection)
    }

    /// The transport has ended, and all that came through it is dealt with.
    mutating func forgetLost(_ connection: Int) {
        detach(connection, .connectionLost)
        connections.remove(connection)
    }

    /// Ends a connection at the operator's wish.
    public mutating func disconnect(_ id: ConnectionID, _ reason: ReasonCode, at moment: Instant) {
        begin(moment)
        guard isCurrent(id) else { return }
        if connections[Int(id.slot)].phase == .connected {
            // [MQTT-3.14.2-1]
            let code = reason.isFailure && reason.isLegal(in: .disconnect) ? reason : .administrativeAction
            disconnect(Int(id.slot), code, detail: "ended by the operator")
        } else {
            drop(Int(id.slot), "ended by the operator")
        }
    }

    /// Ends the connections that came through listeners that are no more, by ``Peer/listener``.
    public mutating func disconnect(from listeners: Set<String>, at moment: Instant) {
        begin(moment)
        for connection in connections.places where connections.isTaken(connection) {
            guard listeners.contains(connections[connection].peer.listener) else { continue }
            if connections[connection].phase == .connected {
                disconnect(connection, .administrativeAction, detail: "its listener was closed")
            } else {
                drop(connection, "its listener was closed")
            }
        }
    }

    /// Something in a packet is wrong: the connection ends with the reason that the specification gives
    /// [MQTT-4.13.1-1].
    mutating func fail(_ connection: Int, _ error: WireError) {
        if connections[connection].phase == .connected {
            disconnect(connection, error.reasonCode, detail: "\(error)")
        } else {
            drop(connection, "\(error)")
        }
    }

    /// Ends an accepted connection; a 5.0 client is told why, earlier ones have no packet for it.
    mutating func disconnect(
        _ connection: Int, _ reason: ReasonCode, detail: String, serverReference: MQTTString? = nil
    ) {
        if connections[connection].version == .v5 {
            var properties = Properties()
            if connections[connection].wantsProblemInformation {
                properties.reasonString = MQTTString(detail)
            }
            properties.serverReference = serverReference
            send(.disconnect(Disconnect(reasonCode: reason, properties: properties)), to: connection)
        }
        close(connection, .byServer(reason, detail: detail))
    }

    /// Answers CONNECT with a failure, and closes [MQTT-3.2.2-7].
    mutating func refuse(_ connection: Int, _ reason: ReasonCode, _ detail: String, _ extra: Properties = [])
    {
        var properties = extra
        if connections[connection].version == .v5 {
            if connections[connection].wantsProblemInformation && properties.reasonString == nil {
                properties.reasonString = MQTTString(detail)
            }
        } else {
            properties = []
        }
        let connect = connections[connection].handshake?.connect
        send(.connack(Connack(reasonCode: reason, properties: properties)), to: connection)
        counters.connectionsRefused += 1
        let client = Event.Client(
            identifier: connect?.clientIdentifier ?? "", userName: connect?.userName,
            peer: connections[connection].peer)
        report(.clientRefused(client, reason, detail: detail))
        finish(connection)
    }

    /// Closes a connection that has no right to an answer.
    mutating func drop(_ connection: Int, _ detail: String) {
        counters.connectionsRefused += 1
        report(.connectionDropped(connections[connection].peer, detail: detail))
        finish(connection)
    }

    mutating func close(_ connection: Int, _ cause: DisconnectCause) {
        detach(connection, cause)
        finish(connection)
    }

    /// Hands over the last bytes and forgets the connection.
    private mutating func finish(_ connection: Int) {
        let id = id(of: connection)
        // What was not to go out before it is stored goes out no more.
        let final = connections[connection].isSilent ? Output() : connections[connection].outbox.take()
        counters.bytesSent += UInt64(final.count)
        connections.remove(connection)
        actions.append(.close(id, final: final))
    }

    /// Parts a connection from its session: the will comes due, and the session is kept or ended.
    private mutating func detach(_ connection: Int, _ cause: DisconnectCause) {
        let session = connections[connection].session
        guard session >= 0 else { return }
        let life = ConnectionLife(
            time: now.milliseconds(since: connections[connection].openedAt),
            bytesReceived: connections[connection].bytesReceived,
            bytesSent: connections[connection].bytesSent)
        report(.clientDisconnected(client(of: session), cause, life))
        counters.connected -= 1
        connections[connection].session = -1
        sessions[session].connection = -1
        sessions[session].expiresAt = nil
        sessions[session].lastDisconnect = cause
        returnSharedQueue(session)
        announceMembers(of: session)
        dropUnstorable(session)
        let expiry = sessions[session].expiryInterval
        guard expiry > 0 else {
            endSession(session, .connectionEnded)
            return
        }
        returnToDisk(session)
        storedSessions += 1
        sessions[session].expiresAt =
            expiry == .max ? Instant(milliseconds: .max) : now.advanced(seconds: Int64(expiry))
        if expiry != .max {
            deadlines.add(
                .sessionExpiry, at: now.advanced(seconds: Int64(expiry)), slot: session,
                generation: sessions.generation(of: session))
        }
        measureRoom(session)
        releaseWaiting(session)
        scheduleWill(session)
        saveSession(session, .firm)
    }

    /// Sends all clients to another server, those that are connected and those that will come: for taking a
    /// broker out of service, section 4.11. nil: clients are taken in again.
    public mutating func redirect(to redirection: ServerOffer.Redirection?, at moment: Instant) {
        begin(moment)
        self.redirection = redirection
        guard let redirection else { return }
        let code: ReasonCode = redirection.isPermanent ? .serverMoved : .useAnotherServer
        for connection in connections.places where connections.isTaken(connection) {
            guard connections[connection].phase == .connected else { continue }
            disconnect(
                connection, code, detail: "clients are sent to another server",
                serverReference: redirection.serverReference)
        }
    }

    /// QoS 0 messages that waited for the store are not kept for a client that is away.
    private mutating func dropUnstorable(_ session: Int) {
        guard isDurable, sessions[session].queue.front.contains(where: { $0.qos == .atMostOnce }) else {
            return
        }
        for delivery in sessions[session].queue.removeAll(where: { $0.qos == .atMostOnce }) {
            sessions[session].queue.bytes -= messages[delivery.message].count
            counters.queuedMessages -= 1
            releaseMessage(delivery.message)
        }
    }

    /// Ends all connections: wills first, while there are clients to get them, then DISCONNECT 0x8B to 5.0
    /// clients. Accepts nobody any more.
    public mutating func shutDown(at moment: Instant) {
        begin(moment)
        isShuttingDown = true
        for session in sessions.places where sessions.isTaken(session) && sessions[session].will != nil {
            let delay = sessions[session].will?.will.properties.willDelayInterval ?? 0
            // A delayed will is only due now if its session ends with the connection.
            if delay == 0 || !sessions[session].isStored { publishWill(session) }
        }
        for connection in connections.places where connections.isTaken(connection) {
            if connections[connection].phase == .connected {
                disconnect(connection, .serverShuttingDown, detail: "the server is shutting down")
            } else {
                drop(connection, "the server is shutting down")
            }
        }
    }
}
