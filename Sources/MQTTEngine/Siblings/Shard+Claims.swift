import MQTTCodec

/// Finding a client's session among all shards. Each client identifier has a home, by its hash, which knows
/// where its session is and deals with one claim to it after the other.
extension Shard {
    /// A client was let in: its session is wherever it was last.
    mutating func claim(_ connect: Connect, _ connection: Int) {
        connections[connection].phase = .authenticating
        connections[connection].holds.insert(.authentication)
        let claim = ClientClaim(
            clientIdentifier: connect.clientIdentifier, userName: connect.userName,
            cleanStart: connect.cleanStart, shard: siblings.place.index, connection: id(of: connection))
        tell(home(of: connect.clientIdentifier), .claim(claim))
    }

    func home(of clientIdentifier: MQTTString) -> Int { siblings.home(of: clientIdentifier.bytes.span) }

    /// A claim has come to the home of its identifier.
    mutating func claimed(_ claim: ClientClaim) { take(siblings.directory.claimed(claim)) }

    mutating func take(_ step: ClientDirectory.Step?) {
        switch step {
        case .grant(let claim): tell(claim.shard, .granted(claim))
        case .surrender(let claim, let owner): tell(owner, .surrender(claim))
        case nil: break
        }
    }

    /// No other shard has the session, or it is here now.
    mutating func granted(_ claim: ClientClaim) {
        if isCurrent(claim.connection), let handshake = connections[Int(claim.connection.slot)].handshake {
            handshake.isClaimed = true
            accept(Int(claim.connection.slot), authenticationData: handshake.authenticationData)
        }
        settleClaim(claim)
    }

    /// The owner's users do not share it with the claimant.
    mutating func refused(_ claim: ClientClaim, owner: Int) {
        if isCurrent(claim.connection), connections[Int(claim.connection.slot)].handshake != nil {
            refuse(
                Int(claim.connection.slot), .notAuthorized,
                "the client identifier belongs to another user's session")
        }
        tell(home(of: claim.clientIdentifier), .settled(claim.clientIdentifier, owner: owner))
    }

    private mutating func settleClaim(_ claim: ClientClaim) {
        let isHere = clientIdentifiers.find(claim.clientIdentifier.bytes.span) != nil
        tell(
            home(of: claim.clientIdentifier),
            .settled(claim.clientIdentifier, owner: isHere ? siblings.place.index : -1))
    }

    /// A session has ended: its identifier is free.
    mutating func noteEnd(of clientIdentifier: MQTTString) {
        guard !isAlone else { return }
        let home = home(of: clientIdentifier)
        if home == siblings.place.index {
            siblings.directory.ended(clientIdentifier, owner: home)
        } else {
            siblings.tell(home, .ended(clientIdentifier))
        }
    }

    /// A claim came for a session that is here.
    mutating func surrender(_ claim: ClientClaim) {
        guard let found = clientIdentifiers.find(claim.clientIdentifier.bytes.span) else {
            tell(claim.shard, .handedOver(claim, nil))
            return
        }
        let session = Int(found)
        if ports.authenticator != nil && sessions[session].userName != claim.userName {
            tell(claim.shard, .refused(claim))
            return
        }
        let ended = endedStoredSessions
        if sessions[session].connection >= 0 {
            disconnect(
                sessions[session].connection, .sessionTakenOver, detail: "the client connected again")
        }
        // Where it was not stored it has ended with its connection.
        if let left = clientIdentifiers.find(claim.clientIdentifier.bytes.span), claim.cleanStart {
            endSession(Int(left), .cleanStart)
        }
        guard clientIdentifiers.find(claim.clientIdentifier.bytes.span) != nil else {
            if endedStoredSessions != ended {
                // What Clean Start discards must not come back after a crash.
                gathering.wait(.surrender(claim))
            } else {
                tell(claim.shard, .handedOver(claim, nil))
            }
            return
        }
        if isDurable && !gathering.isEmpty {
            // What was gathered of it has to be on its way to the store before another shard adds to it.
            siblings.surrenders.append(claim)
            gathering.hurry()
        } else {
            handOver(claim)
        }
    }

    /// The batch has begun that sessions waited for which are to go elsewhere.
    mutating func surrenderWaiting() {
        let claims = siblings.surrenders
        siblings.surrenders = []
        for claim in claims { handOver(claim) }
    }
}
