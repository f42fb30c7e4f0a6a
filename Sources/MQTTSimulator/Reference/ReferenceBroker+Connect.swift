import MQTTCodec
import MQTTEngine

/// CONNECT, section 3.1, and the end of connections and sessions.
extension ReferenceBroker {
    func connected(_ connect: Connect, on connection: ReferenceConnection) {
        connection.stage = .connected
        connection.version = connect.version
        connection.will = connect.will
        connection.isNameless = connect.clientIdentifier.isEmpty
        connection.keepAlive = keepAlive(connect)
        connection.maximumPacketSize = connect.properties.maximumPacketSize
        connection.receiveMaximum = Int(
            min(connect.properties.receiveMaximum ?? 65_535, configuration.limits.inFlight))
        connection.topicAliasMaximum = connect.properties.topicAliasMaximum ?? 0
        connection.wantsProblemInformation = connect.properties.requestProblemInformation != 0
        takeOver(connect)
        let session: ReferenceSession
        if let old = self.session(connect.clientIdentifier) {
            session = old
            connection.isResumed = true
        } else {
            session = ReferenceSession(connect.clientIdentifier)
            sessions.append(session)
        }
        connection.session = session
        session.connection = connection
        session.deadline = nil
        session.expiryInterval = expiryInterval(connect)
        // A new connection in time takes back the delayed will [MQTT-3.1.3-9].
        session.will = nil
        resume(session, connection)
    }

    private func keepAlive(_ connect: Connect) -> UInt16 {
        if let keepAlive = configuration.offer.serverKeepAlive { return keepAlive }
        let limit = configuration.limits.keepAlive
        guard limit > 0 else { return connect.keepAlive }
        return connect.keepAlive == 0 ? limit : min(connect.keepAlive, limit)
    }

    private func expiryInterval(_ connect: Connect) -> UInt32 {
        let wish =
            connect.version == .v5
            ? connect.properties.sessionExpiryInterval ?? 0 : connect.cleanStart ? 0 : 0xFFFF_FFFF
        return min(wish, configuration.limits.sessionExpiryInterval)
    }

    /// Ends the connection that has the client identifier [MQTT-3.1.4-3], and with Clean Start its session
    /// [MQTT-3.1.2-4].
    private func takeOver(_ connect: Connect) {
        guard let session = session(connect.clientIdentifier) else { return }
        if connect.cleanStart { session.expiryInterval = 0 }
        if let old = session.connection {
            old.mayBeClosed = true
            old.expectedReason = .sessionTakenOver
            end(old, publishesWill: true)
        } else if connect.cleanStart {
            endSession(session)
        }
    }

    /// What is resent when a session is taken up [MQTT-4.4.0-1].
    private func resume(_ session: ReferenceSession, _ connection: ReferenceConnection) {
        for delivery in session.released {
            connection.answers.append(
                .init(type: .pubrel, packetIdentifier: delivery.packetIdentifier, reasonCodes: [[0]]))
        }
        // Discarded if sent, and free to wait for a connection that has room for it [MQTT-3.1.2-25].
        for delivery in session.waiting + session.inFlight where connection.isTooLarge(delivery.message) {
            delivery.isOptional = true
        }
        for subscription in session.subscriptions { loosen(subscription.filter.string, connection) }
    }

    func disconnected(_ packet: Disconnect, _ connection: ReferenceConnection) {
        if let interval = packet.properties.sessionExpiryInterval {
            connection.session?.expiryInterval = min(interval, configuration.limits.sessionExpiryInterval)
        }
        connection.mayBeClosed = true
        end(connection, publishesWill: packet.reasonCode != .normalDisconnection)
    }

    /// The authenticator did not let the client in.
    func refused(_ connection: ReferenceConnection) {
        connection.stage = .ended
        connection.expectedReason = .notAuthorized
    }

    /// The operator ends the connection.
    func operated(_ connection: ReferenceConnection) {
        connection.mayBeClosed = true
        connection.expectedReason = .administrativeAction
        lost(connection)
    }

    /// The broker stops. Wills without delay, or of sessions that are not stored, come first, while there are
    /// connections to bring them; the others stay with their sessions.
    func shuttingDown() {
        for session in sessions {
            guard let connection = session.connection else { continue }
            connection.mayBeClosed = true
            connection.expectedReason = .serverShuttingDown
            guard let will = connection.will else { continue }
            let delay = will.properties.willDelayInterval ?? 0
            if delay == 0 || session.expiryInterval == 0 {
                connection.will = nil
                publishNow(will, of: session.clientIdentifier)
            }
        }
        for connection in connections where connection.stage == .connected { lost(connection) }
    }

    /// The connection broke.
    func lost(_ connection: ReferenceConnection) {
        guard connection.stage == .connected else { return connection.stage = .ended }
        end(connection, publishesWill: true)
    }

    /// The shard closed the connection.
    func closed(_ connection: ReferenceConnection) throws(Fault) {
        guard !connection.isOutlaw, connection.stage != .ended else { return }
        if connection.stage == .new {
            guard now.milliseconds(since: connection.openedAt) >= timeToConnect(connection) else {
                throw Fault("connection \(connection.serial) was closed before its CONNECT was due")
            }
        } else {
            let life = Int64(connection.keepAlive) * 1500
            let isIdle = life > 0 && now.milliseconds(since: connection.lastPacket) >= life
            guard connection.mayBeClosed || isIdle else {
                throw Fault("connection \(connection.serial) was closed for no reason")
            }
        }
        lost(connection)
    }

    func end(_ connection: ReferenceConnection, publishesWill: Bool) {
        connection.stage = .ended
        guard let session = connection.session, session.connection === connection else { return }
        session.connection = nil
        let hidesOutput = connection.hiddenSince != nil
        for delivery in session.waiting where hidesOutput { delivery.mayHaveBeenSent = true }
        if hidesOutput { session.mayHaveMissed = true }
        // Nothing is kept at QoS 0, but what is retained may be sent when the client is back.
        if !holdsPublishers {
            connection.abandoned = session.waiting.filter { $0.qos == .atMostOnce && $0.cause != .retained }
            session.waiting.removeAll { $0.qos == .atMostOnce && $0.cause != .retained }
        }
        for delivery in session.waiting where delivery.qos == .atMostOnce { delivery.isOptional = true }
        weakenClaims(session)
        let will = publishesWill ? connection.will : nil
        let interval = session.expiryInterval
        if interval == 0 {
            endSession(session)
            if let will { publishNow(will, of: session.clientIdentifier) }
        } else {
            if interval != .max { session.deadline = now.advanced(seconds: Int64(interval)) }
            guard let will else { return }
            let delay = min(will.properties.willDelayInterval ?? 0, interval)
            if delay == 0 {
                publishNow(will, of: session.clientIdentifier)
            } else {
                session.will = .init(will: will, due: now.advanced(seconds: Int64(delay)))
            }
        }
    }

    /// Discards the state of a session; a will that waited is due now.
    func endSession(_ session: ReferenceSession) {
        sessions.removeAll { $0 === session }
        leave(session)
        for delivery in session.waiting + session.unanswered { delivery.isOptional = true }
        if let will = session.will { publishNow(will.will, of: session.clientIdentifier) }
        session.will = nil
    }

    private func publishNow(_ will: Will, of clientIdentifier: MQTTString) {
        unreportedWills.append(clientIdentifier)
        route(will, of: clientIdentifier)
    }
}
