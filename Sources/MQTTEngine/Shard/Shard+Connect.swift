import MQTTCodec

extension Shard {
    /// CONNECT as the first packet, section 3.1.4.
    mutating func receivedConnect(_ frame: Frame, _ bytes: Span<UInt8>, _ connection: Int) {
        do throws(WireError) {
            switch try Connect.greeting(in: bytes, frame) {
            case .supported(let version):
                connections[connection].version = version
                consider(try Connect(decoding: bytes, frame), connection)
            case .unsupportedLevel(let level):
                // The answer takes the form that the client is likely to read [MQTT-3.1.2-2].
                connections[connection].version = level & 0x7F > 5 ? .v5 : .v3_1_1
                refuse(connection, .unsupportedProtocolVersion, "protocol level \(level) is not supported")
            case .otherProtocol:
                drop(connection, "the protocol name is not MQTT")
            }
        } catch {
            // 5.0 has a CONNACK for it; before, the connection is closed without a word [MQTT-3.1.4-1].
            let code = error.reasonCode
            if connections[connection].version == .v5 {
                refuse(connection, code.isLegal(in: .connack) ? code : .malformedPacket, "\(error)")
            } else {
                drop(connection, "\(error)")
            }
        }
    }

    /// What can be refused without asking anybody, and then asking.
    private mutating func consider(_ connect: Connect, _ connection: Int) {
        let offer = configuration.offer
        connections[connection].handshake = Handshake(connect)
        if connect.version == .v5 {
            connections[connection].maximumPacketSize =
                connect.properties.maximumPacketSize.map(Int.init) ?? .max
            connections[connection].wantsProblemInformation =
                connect.properties.requestProblemInformation != 0
        }
        if let redirection {
            let code: ReasonCode = redirection.isPermanent ? .serverMoved : .useAnotherServer
            refuse(
                connection, code, "clients are sent to another server",
                [.serverReference(redirection.serverReference)])
            return
        }
        if let doorkeeper = ports.doorkeeper {
            let peer = connections[connection].peer
            if let refusal = doorkeeper.refusal(
                peer, clientIdentifier: connect.clientIdentifier,
                userName: peer.certificateName ?? connect.userName)
            {
                refuse(connection, refusal.reasonCode, refusal.detail)
                return
            }
        }
        if connect.clientIdentifier.isEmpty {
            // 3.1 wants an identifier; 3.1.1 only lets a clean session go without [MQTT-3.1.1/3.1.3-8].
            let isAllowed = connect.version == .v5 || connect.version == .v3_1_1 && connect.cleanStart
            guard offer.assignsClientIdentifiers && isAllowed else {
                refuse(connection, .clientIdentifierNotValid, "a client identifier is required")
                return
            }
        }
        if let will = connect.will, let code = refusal(of: will) {
            refuse(connection, code, "the will cannot be accepted")
            return
        }
        connections[connection].authenticationMethod = connect.properties.authenticationMethod
        guard ports.authenticator != nil else {
            guard connect.properties.authenticationMethod == nil else {
                refuse(connection, .badAuthenticationMethod, "no enhanced authentication is configured")
                return
            }
            connections[connection].handshake?.isAccepted = true
            considerWill(connection)
            return
        }
        ask(.connect, data: connect.properties.authenticationData, connection)
    }

    private func refusal(of will: Will) -> ReasonCode? {
        if will.qos > configuration.offer.maximumQoS { return .qosNotSupported }
        if will.retain && !configuration.offer.retainAvailable { return .retainNotSupported }
        return topicRefusal(will.topic.bytes.span)
    }

    /// A will needs the right to publish it; the client is told now, not when nobody listens any more.
    mutating func considerWill(_ connection: Int) {
        guard let handshake = connections[connection].handshake, let will = handshake.connect.will,
            let authorizer = ports.authorizer
        else {
            accept(connection)
            return
        }
        let request = AccessRequest(
            operation: .publish(topic: will.topic, qos: will.qos, retain: will.retain),
            clientIdentifier: handshake.connect.clientIdentifier, userName: handshake.connect.userName,
            peer: connections[connection].peer, credentials: handshake.credentials)
        switch authorizer.decision(request) {
        case .allow: accept(connection)
        case .deny: refuse(connection, .notAuthorized, "the will's topic may not be published to")
        case .undecided:
            connections[connection].phase = .authenticating
            connections[connection].holds.insert(.authentication)
            connections[connection].question = request
            actions.append(.authorize(id(of: connection), request))
        }
    }

    /// The client is who it says it is: find or make its session, and answer.
    mutating func accept(_ connection: Int, authenticationData: [UInt8]? = nil) {
        guard let handshake = connections[connection].handshake else { return }
        let connect = handshake.connect
        if !isAlone && !handshake.isClaimed && !connect.clientIdentifier.isEmpty {
            handshake.authenticationData = authenticationData
            claim(connect, connection)
            return
        }
        // Its messages are for the user who subscribed, and only they may end its session.
        if ports.authenticator != nil,
            let found = clientIdentifiers.find(connect.clientIdentifier.bytes.span),
            sessions[Int(found)].userName != connect.userName
        {
            refuse(connection, .notAuthorized, "the client identifier belongs to another user's session")
            return
        }
        if storeTrouble != nil && wantsStore(connect) {
            refuse(connection, .serverUnavailable, "the session cannot be stored for now")
            return
        }
        connections[connection].handshake = nil
        var properties = Properties()
        var identifier = connect.clientIdentifier
        if identifier.isEmpty {
            identifier = assignIdentifier()
            properties.assignedClientIdentifier = identifier
        }
        let ended = endedStoredSessions
        let isPresent = prepareSession(identifier, cleanStart: connect.cleanStart)
        let expiry = grantedExpiry(connect, isPresent: isPresent)
        let session: Int
        if let found = clientIdentifiers.find(identifier.bytes.span) {
            session = Int(found)
        } else {
            session = sessions.insert(
                Session(
                    clientIdentifier: identifier, version: connect.version, expiryInterval: expiry.granted))
            clientIdentifiers.set(identifier.bytes.span, UInt32(session))
            counters.sessions += 1
            if !isAlone && connect.clientIdentifier.isEmpty {
                siblings.directory.restored(identifier, owner: siblings.place.index)
            }
        }
        if isDurable && expiry.granted > 0 && sessions[session].id == 0 {
            sessions[session].id = nextStoreID()
        }
        adopt(session, connection, connect, expiry.granted)
        sessions[session].credentials = handshake.credentials
        limit(connection, to: handshake.validity)
        saveSession(session, .firm)
        if sessions[session].id != 0 || endedStoredSessions != ended { silence(connection) }
        if expiry.granted != expiry.requested { properties.sessionExpiryInterval = expiry.granted }
        if let method = connections[connection].authenticationMethod {
            properties.authenticationMethod = method
            properties.authenticationData = authenticationData
        }
        let keepAlive = grantKeepAlive(connect, connection, &properties)
        describeOffer(connect, &properties)
        counters.connectionsAccepted += 1
        counters.connected += 1
        counters.connectedMaximum = max(counters.connectedMaximum, counters.connected)
        clientCame()
        let answer = connect.version == .v5 ? properties : []
        let isAnswered = send(
            .connack(Connack(sessionPresent: isPresent, properties: answer)), to: connection)
        report(
            .clientConnected(
                client(of: session), version: connect.version, sessionPresent: isPresent, keepAlive: keepAlive
            ))
        guard isAnswered else {
            // Nothing may be sent before CONNACK [MQTT-3.2.0-1], and the client allows no room for it.
            forgetWill(session)
            close(connection, .byServer(.packetTooLarge, detail: "CONNACK is above Maximum Packet Size"))
            return
        }
        if !connections[connection].isSilent {
            connections[connection].holds = []
            resumable.append(id(of: connection))
        }
        announceMembers(of: session)
        if isPresent {
            resumeDelivery(session)
            reviewResumedSession(session)
        }
    }

    /// Whether CONNACK would have to wait for the store.
    private func wantsStore(_ connect: Connect) -> Bool {
        guard isDurable else { return false }
        if grantedExpiry(connect, isPresent: true).granted > 0 { return true }
        guard let found = clientIdentifiers.find(connect.clientIdentifier.bytes.span) else { return false }
        return sessions[Int(found)].id != 0
    }

    /// CONNACK promises the session and its will, and that what Clean Start discards does not come back: it,
    /// and all behind it, waits until that is stored.
    private mutating func silence(_ connection: Int) {
        connections[connection].isSilent = true
        connections[connection].holds.insert(.authentication)
        gathering.wait(.connect(id(of: connection)))
    }

    /// What CONNACK promises is stored.
    mutating func completeAccept(_ connection: Int) {
        connections[connection].isSilent = false
        markReady(connections[connection].session)
        connections[connection].holds = []
        resumable.append(id(of: connection))
        if connections[connection].outbox.count > 0 { markDirty(connection) }
    }

    /// Ends what stands in the way: another connection of the client, or a session it does not want.
    /// Returns whether a session is there to go on with [MQTT-3.2.2-2, -3].
    private mutating func prepareSession(_ identifier: MQTTString, cleanStart: Bool) -> Bool {
        if let found = clientIdentifiers.find(identifier.bytes.span) {
            let other = sessions[Int(found)].connection
            if other >= 0 { disconnect(other, .sessionTakenOver, detail: "the client connected again") }
        }
        guard let found = clientIdentifiers.find(identifier.bytes.span) else { return false }
        if cleanStart {
            endSession(Int(found), .cleanStart)
            return false
        }
        return true
    }

    private mutating func adopt(_ session: Int, _ connection: Int, _ connect: Connect, _ expiry: UInt32) {
        if sessions[session].connection < 0 && sessions[session].expiresAt != nil { storedSessions -= 1 }
        sessions[session].connection = connection
        sessions[session].version = connect.version
        sessions[session].userName = connect.userName
        sessions[session].expiryInterval = expiry
        sessions[session].expiresAt = nil
        // A new connection before the Will Delay has passed: the old will is not sent [MQTT-3.1.3-9].
        forgetWill(session)
        sessions[session].will = connect.will.map(PendingWill.init)
        let receiveMaximum = connect.properties.receiveMaximum ?? 65_535
        sessions[session].inFlightMaximum = Int(min(receiveMaximum, configuration.limits.inFlight))
        sessions[session].lastProgress = now
        connections[connection].session = session
        connections[connection].phase = .connected
        connections[connection].allowance = RateAllowance(configuration.limits, at: now)
        let aliases = min(
            connect.properties.topicAliasMaximum ?? 0, configuration.limits.outgoingTopicAliases)
        if aliases > 0 {
            connections[connection].outgoingAliases = OutgoingAliases(maximum: aliases, hasher: hasher)
        }
    }

    private func grantedExpiry(_ connect: Connect, isPresent: Bool) -> (requested: UInt32, granted: UInt32) {
        // Clean Session 0 of 3.x has no end but the one the operator sets.
        let requested =
            connect.version == .v5
            ? connect.properties.sessionExpiryInterval ?? 0 : connect.cleanStart ? 0 : UInt32.max
        let limits = configuration.limits
        guard isPresent || storedSessions < limits.storedSessions else { return (requested, 0) }
        return (requested, min(requested, limits.sessionExpiryInterval))
    }

    private mutating func grantKeepAlive(
        _ connect: Connect, _ connection: Int, _ properties: inout Properties
    ) -> UInt16 {
        let limit = configuration.limits.keepAlive
        var keepAlive = connect.keepAlive
        if let fixed = configuration.offer.serverKeepAlive {
            keepAlive = fixed
        } else if limit > 0 && (keepAlive == 0 || keepAlive > limit) {
            keepAlive = limit
        }
        if keepAlive != connect.keepAlive { properties.serverKeepAlive = keepAlive }
        connections[connection].keepAliveLimit = Int64(keepAlive) * 1_500
        connections[connection].lastReceived = now
        if keepAlive > 0 {
            deadlines.add(
                .keepAlive, at: now.advanced(milliseconds: Int64(keepAlive) * 1_500), slot: connection,
                generation: connections.generation(of: connection))
        }
        return keepAlive
    }

    private func describeOffer(_ connect: Connect, _ properties: inout Properties) {
        let offer = configuration.offer
        if offer.receiveMaximum != 65_535 { properties.receiveMaximum = offer.receiveMaximum }
        if offer.maximumQoS != .exactlyOnce { properties.maximumQoS = offer.maximumQoS.rawValue }
        if !offer.retainAvailable { properties.retainAvailable = 0 }
        properties.maximumPacketSize = UInt32(clamping: configuration.limits.packetSize)
        if offer.topicAliasMaximum > 0 { properties.topicAliasMaximum = offer.topicAliasMaximum }
        if !offer.wildcardSubscriptionAvailable { properties.wildcardSubscriptionAvailable = 0 }
        if !offer.subscriptionIdentifierAvailable { properties.subscriptionIdentifierAvailable = 0 }
        if !offer.sharedSubscriptionAvailable { properties.sharedSubscriptionAvailable = 0 }
        if connect.properties.requestResponseInformation == 1 {
            properties.responseInformation = offer.responseInformation
        }
    }

    private mutating func assignIdentifier() -> MQTTString {
        while true {
            let number = String(generator.next(), radix: 36)
            let identifier = MQTTString("martlet-\(number)")
            // At home here, so that nobody else has to be asked.
            guard isAlone || home(of: identifier) == siblings.place.index else { continue }
            if clientIdentifiers.find(identifier.bytes.span) == nil { return identifier }
        }
    }
}
