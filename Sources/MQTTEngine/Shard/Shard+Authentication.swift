import MQTTCodec

extension Shard {
    /// Puts the question to the ``Authenticator``; the connection waits for the answer.
    mutating func ask(_ step: AuthenticationRequest.Step, data: [UInt8]?, _ connection: Int) {
        let connect = connections[connection].handshake?.connect
        let session = connections[connection].session
        let id = id(of: connection)
        let request = AuthenticationRequest(
            step: step, peer: connections[connection].peer, version: connections[connection].version,
            clientIdentifier: connect?.clientIdentifier ?? sessions[session].clientIdentifier,
            userName: connect == nil ? sessions[session].userName : connect?.userName,
            password: connect?.password,
            method: connections[connection].authenticationMethod, data: data, connection: id,
            exchange: connections[connection].exchange)
        connections[connection].exchange = nil
        if connections[connection].phase != .connected { connections[connection].phase = .authenticating }
        connections[connection].holds.insert(.authentication)
        actions.append(.authenticate(id, request))
    }

    /// The answer to ``Action/authenticate(_:_:)``.
    public mutating func authenticated(
        _ id: ConnectionID, _ outcome: AuthenticationOutcome, at moment: Instant
    ) {
        begin(moment)
        guard isCurrent(id), connections[Int(id.slot)].holds.contains(.authentication),
            connections[Int(id.slot)].question == nil
        else { return }
        let connection = Int(id.slot)
        if connections[connection].phase == .connected {
            reauthenticated(connection, outcome)
            return
        }
        switch outcome {
        case .accepted(let userName, let data, let credentials, let validity):
            if let userName { connections[connection].handshake?.connect.userName = userName }
            connections[connection].handshake?.isAccepted = true
            connections[connection].handshake?.credentials = credentials
            connections[connection].handshake?.validity = validity
            if ports.authorizer != nil && connections[connection].handshake?.connect.will != nil {
                connections[connection].finalData = data
                considerWill(connection)
            } else {
                accept(connection, authenticationData: data)
            }
        case .challenge(let data, let exchange):
            challenge(connection, data, exchange)
        case .refused(let code, let text):
            let legal = code.isFailure && code.isLegal(in: .connack) ? code : .notAuthorized
            let explanation: Properties = text.map { [.reasonString(MQTTString($0))] } ?? []
            refuse(connection, legal, text ?? "the client could not be authenticated", explanation)
        }
    }

    private mutating func challenge(_ connection: Int, _ data: [UInt8], _ exchange: (any Sendable)?) {
        guard let method = connections[connection].authenticationMethod else {
            refuse(connection, .notAuthorized, "a challenge needs an authentication method")
            return
        }
        connections[connection].exchange = exchange
        let properties: Properties = [.authenticationMethod(method), .authenticationData(data)]
        send(.auth(Auth(reasonCode: .continueAuthentication, properties: properties)), to: connection)
        connections[connection].holds.remove(.authentication)
        resumable.append(id(of: connection))
    }

    private mutating func reauthenticated(_ connection: Int, _ outcome: AuthenticationOutcome) {
        switch outcome {
        case .accepted(let userName, let data, let credentials, let validity):
            let session = connections[connection].session
            if let userName, userName != sessions[session].userName {
                // Its messages are for the user who subscribed.
                disconnect(connection, .notAuthorized, detail: "another user may not take the session over")
                return
            }
            connections[connection].isReauthenticating = false
            forgetGrants(connection)
            limit(connection, to: validity)
            sessions[session].credentials = credentials
            var properties = Properties()
            properties.authenticationMethod = connections[connection].authenticationMethod
            properties.authenticationData = data
            send(.auth(Auth(reasonCode: .success, properties: properties)), to: connection)
            connections[connection].holds.remove(.authentication)
            resumable.append(id(of: connection))
            reviewRights(ofSession: session)
        case .challenge(let data, let exchange):
            challenge(connection, data, exchange)
        case .refused(let code, let text):
            let legal = code.isFailure && code.isLegal(in: .disconnect) ? code : .notAuthorized
            disconnect(connection, legal, detail: text ?? "the client could not be authenticated again")
        }
    }

    /// From now on the client's authentication is good for so long; nil: without end.
    mutating func limit(_ connection: Int, to validity: Duration?) {
        connections[connection].authenticatedUntil = nil
        guard let validity else { return }
        let (seconds, attoseconds) = validity.components
        // Far enough away to be never, and near enough to be reckoned with.
        let milliseconds = min(max(seconds, 0), 1 << 40) * 1000 + attoseconds / 1_000_000_000_000_000
        let until = now.advanced(milliseconds: max(milliseconds, 0))
        connections[connection].authenticatedUntil = until
        deadlines.add(
            .authentication, at: until, slot: connection, generation: connections.generation(of: connection))
    }

    /// What the client has shown may be good no longer, unless it has shown something else since.
    mutating func authenticationDue(_ connection: Int) {
        guard let until = connections[connection].authenticatedUntil, until <= now else { return }
        disconnect(
            connection, .maximumConnectTime, detail: "what the client has authenticated with has expired")
    }

    /// AUTH, section 3.15: the next step of an authentication, or the beginning of a new one.
    mutating func received(_ auth: Auth, _ connection: Int) {
        guard let method = connections[connection].authenticationMethod,
            auth.properties.authenticationMethod == method
        else {
            failAuthentication(connection, "AUTH does not name the method of CONNECT")
            return
        }
        let isConnected = connections[connection].phase == .connected
        let isOngoing = !isConnected || connections[connection].isReauthenticating
        switch auth.reasonCode {
        case .continueAuthentication where isOngoing:
            ask(.continuation, data: auth.properties.authenticationData, connection)
        case .reauthenticate where !isOngoing:
            connections[connection].isReauthenticating = true
            ask(.reauthentication, data: auth.properties.authenticationData, connection)
        default:
            failAuthentication(connection, "AUTH has a reason code that does not fit here")
        }
    }

    private mutating func failAuthentication(_ connection: Int, _ detail: String) {
        if connections[connection].phase == .connected {
            disconnect(connection, .protocolError, detail: detail)
        } else {
            refuse(connection, .protocolError, detail)
        }
    }
}
