import MQTTCodec

extension Shard {
    /// What is known about a client's right to do something.
    enum Permission {
        case allowed
        case denied
        /// The ``Authorizer`` has been asked, and the connection waits.
        case asked
    }

    /// Whether a client may publish to a route; remembered for the life of its connection.
    @inline(__always)
    mutating func permissionToPublish(
        _ topic: Span<UInt8>, _ route: Int, _ qos: QoS, retain: Bool, _ connection: Int
    ) -> Permission {
        guard ports.authorizer != nil,
            !connections[connection].routeGrants.allows(route, routes.epoch, qos, retain: retain)
        else { return .allowed }
        let permission = permissionToPublish(topic, qos, retain: retain, connection)
        if permission == .allowed {
            connections[connection].routeGrants.remember(route, routes.epoch, qos, retain: retain)
        }
        return permission
    }

    @inline(never)
    private mutating func permissionToPublish(
        _ topic: Span<UInt8>, _ qos: QoS, retain: Bool, _ connection: Int
    ) -> Permission {
        guard let authorizer = ports.authorizer else { return .allowed }
        if let known = connections[connection].grants?.find(topic, qos, retain: retain) {
            return known ? .allowed : .denied
        }
        let operation = AccessRequest.Operation.publish(
            topic: MQTTString(copying: topic), qos: qos, retain: retain)
        let permission = ask(authorizer, operation, connection)
        guard permission != .asked else { return .asked }
        if connections[connection].grants == nil {
            connections[connection].grants = PublishGrants(hasher: hasher)
        }
        connections[connection].grants?.remember(topic, qos, retain: retain, permission == .allowed)
        connections[connection].answers = [:]
        return permission
    }

    /// Whether a client may subscribe.
    mutating func permissionToSubscribe(_ filter: TopicFilter, _ qos: QoS, _ connection: Int) -> Permission {
        guard let authorizer = ports.authorizer else { return .allowed }
        return ask(authorizer, .subscribe(filter, qos: qos), connection)
    }

    private mutating func ask(
        _ authorizer: any Authorizer, _ operation: AccessRequest.Operation, _ connection: Int
    ) -> Permission {
        if let answer = connections[connection].answers[operation] { return answer ? .allowed : .denied }
        let session = connections[connection].session
        let request = AccessRequest(
            operation: operation, clientIdentifier: sessions[session].clientIdentifier,
            userName: sessions[session].userName, peer: connections[connection].peer,
            credentials: sessions[session].credentials)
        switch authorizer.decision(request) {
        case .allow: return .allowed
        case .deny: return .denied
        case .undecided:
            connections[connection].question = request
            connections[connection].holds.insert(.authorization)
            actions.append(.authorize(id(of: connection), request))
            return .asked
        }
    }

    /// The answer to ``Action/authorize(_:_:)``.
    public mutating func authorized(_ id: ConnectionID, _ isAllowed: Bool, at moment: Instant) {
        begin(moment)
        guard isCurrent(id), let question = connections[Int(id.slot)].question else { return }
        let connection = Int(id.slot)
        connections[connection].question = nil
        if connections[connection].phase != .connected {
            if isAllowed {
                accept(connection, authenticationData: connections[connection].finalData)
            } else {
                refuse(connection, .notAuthorized, "the will's topic may not be published to")
            }
            return
        }
        connections[connection].answers[question.operation] = isAllowed
        connections[connection].holds.remove(.authorization)
        resumable.append(id)
    }
}
