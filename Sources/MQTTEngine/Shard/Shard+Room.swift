import MQTTCodec

extension Shard {
    /// Whether a publish may be taken over now.
    enum Admission {
        case admitted
        /// The publisher waits until a session on the route has room.
        case held
        /// There is no room, and the policy is to say so.
        case refused
        /// The store cannot keep what would be promised.
        case unstorable
        /// The bounds on retained messages leave no room for it.
        case retainedFull
    }

    /// Asks every queue on the route for room, before anyone is given the message: all or nothing.
    @inline(__always)
    mutating func admit(
        _ header: PublishHeader, _ route: Int, _ topic: Span<UInt8>, payload: Int, _ connection: Int
    ) -> Admission {
        if header.retain && !hasRoomToRetain(topic, payload) { return .retainedFull }
        if !isAlone && !admitElsewhere(route, retain: header.retain, connection) { return .held }
        if isDurable && header.qos != .atMostOnce && gathering.bytes > storeBacklog,
            let admission = admitToBacklog(header, route, connection)
        {
            return admission
        }
        guard fullSessions > 0 || pendingGroups > 0 || isMemoryFull
        else {
            return .admitted
        }
        return admitCarefully(header, route, connection)
    }

    private mutating func admitCarefully(_ header: PublishHeader, _ route: Int, _ connection: Int)
        -> Admission
    {
        for place in routes.routes[route].recipients.indices {
            let recipient = routes.routes[route].recipients[place]
            let admission = admit(
                min(header.qos, recipient.qos), to: Int(recipient.session), header, connection)
            if admission != .admitted { return admission }
        }
        for group in routes.routes[route].groups {
            let admission = admit(header, toGroup: Int(group), connection)
            if admission != .admitted { return admission }
        }
        return .admitted
    }

    private mutating func admit(_ qos: QoS, to session: Int, _ header: PublishHeader, _ publisher: Int)
        -> Admission
    {
        let connection = sessions[session].connection
        if qos == .atMostOnce {
            guard connection >= 0, connections[connection].outbox.count > configuration.limits.outgoingBytes,
                configuration.onlineQueuePolicy == .holdPublishers
            else { return .admitted }
            return hold(publisher, for: session)
        }
        guard sessions[session].isFull || isStoreFull else { return .admitted }
        switch connection >= 0 ? configuration.onlineQueuePolicy : configuration.offlineQueuePolicy {
        case .endSession, .dropOldest: return .admitted
        case .holdPublishers: return hold(publisher, for: session)
        case .rejectNewest:
            let canBeTold = connections[publisher].version == .v5 && header.qos != .atMostOnce
            return canBeTold ? .refused : hold(publisher, for: session)
        }
    }

    /// Whether messages take more than they may, in memory or on the disk.
    var isStoreFull: Bool { isDiskFull || isMemoryFull }

    /// The store has told what it takes on its disk.
    mutating func measureDisk(_ bytes: Int) {
        counters.bytesOnDisk = bytes
        let isFull = bytes > configuration.limits.diskBytes
        guard isFull != isDiskFull else { return }
        isDiskFull = isFull
        fullSessions += isFull ? 1 : -1
        if !isStoreFull { storeHasRoom() }
    }

    /// The publisher is not read any further, but for its acknowledgements, until the session has room.
    mutating func hold(_ publisher: Int, for session: Int) -> Admission {
        let id = id(of: publisher)
        connections[publisher].holds.insert(.room)
        connections[publisher].heldSince = now
        if sessions[session].waiting.isEmpty {
            report(.publishersHeld(by: sessions[session].clientIdentifier))
        }
        sessions[session].waiting.append(id)
        if !sessions[session].isFull {
            sessions[session].isFull = true
            fullSessions += 1
        }
        watchReader(session)
        if isStoreFull {
            storeWaiters.append((session: session, generation: sessions.generation(of: session)))
        }
        // Nobody can be blamed for a full store or for being away: this wait has an end of its own.
        if isStoreFull || sessions[session].connection < 0 {
            deadlines.add(
                .publisherHold, at: now.advanced(milliseconds: configuration.limits.publisherHoldTime),
                slot: publisher, generation: id.generation)
        }
        return .held
    }

    /// A publisher need not wait any longer.
    mutating func release(_ id: ConnectionID) {
        guard isCurrent(id), connections[Int(id.slot)].holds.contains(.room) else { return }
        connections[Int(id.slot)].holds.remove(.room)
        resumable.append(id)
    }

    /// Compares a session's queue and output with their bounds, and lets publishers go on where there is
    /// room again: a quarter of it, so that they do not stop and go with every message.
    mutating func measureRoom(_ session: Int) {
        let limits = configuration.limits
        let connection = sessions[session].connection
        let isOnline = connection >= 0
        let output = isOnline ? connections[connection].outbox.count : 0
        if sessions[session].isFull {
            let hasRoom =
                sessions[session].queue.count <= limits.queueMessages - (limits.queueMessages + 3) / 4
                && sessions[session].queue.bytes <= limits.queueBytes / 4 * 3
                && output <= limits.outgoingBytes / 2 && !isStoreFull
            guard hasRoom else { return }
            sessions[session].isFull = false
            fullSessions -= 1
            releaseWaiting(session)
        } else if sessions[session].queue.count >= limits.queueMessages
            || sessions[session].queue.bytes >= limits.queueBytes || output > limits.outgoingBytes
        {
            sessions[session].isFull = true
            fullSessions += 1
            watchReader(session)
        }
    }

    /// Lets publishers try again: there is room, or another policy holds because the client has gone.
    mutating func releaseWaiting(_ session: Int) {
        releaseElsewhere(session)
        let waiting = sessions[session].waiting
        guard !waiting.isEmpty else { return }
        sessions[session].waiting = []
        for id in waiting { release(id) }
        report(.publishersReleased(by: sessions[session].clientIdentifier))
    }

    /// The same for publishers on other shards.
    mutating func releaseElsewhere(_ session: Int) {
        guard !sessions[session].waitingElsewhere.isEmpty else { return }
        for waiting in sessions[session].waitingElsewhere {
            siblings.tell(Int(waiting.shard), .release(waiting.connection))
        }
        sessions[session].waitingElsewhere = []
        report(.publishersReleased(by: sessions[session].clientIdentifier))
    }

    /// The store has room again: sessions that publishers wait for only because it was full are looked at.
    mutating func storeHasRoom() {
        for waiter in storeWaiters where sessions.isCurrent(waiter.session, waiter.generation) {
            markReady(waiter.session)
        }
        storeWaiters = []
    }

    /// From now on a client that has no room must take something from time to time.
    mutating func watchReader(_ session: Int) {
        guard sessions[session].connection >= 0 else { return }
        deadlines.add(
            .slowReader, at: now.advanced(milliseconds: configuration.limits.slowReaderTime), slot: session,
            generation: sessions.generation(of: session))
    }

    /// Looks whether a client without room has taken anything lately; if not, others have waited enough.
    mutating func slowReaderDue(_ session: Int) {
        guard sessions[session].isFull, sessions[session].connection >= 0 else { return }
        // Where it is the store that is full, a client that has taken everything is not to blame.
        let connection = sessions[session].connection
        let isIdle =
            sessions[session].queue.isEmpty && sessions[session].inFlight.isEmpty
            && connections[connection].outbox.count == 0
        if isIdle {
            sessions[session].lastProgress = now
            measureRoom(session)
            guard sessions[session].isFull else { return }
        }
        let limit = configuration.limits.slowReaderTime
        let idle = now.milliseconds(since: sessions[session].lastProgress)
        guard idle >= limit else {
            deadlines.add(
                .slowReader, at: sessions[session].lastProgress.advanced(milliseconds: limit), slot: session,
                generation: sessions.generation(of: session))
            return
        }
        disconnect(
            sessions[session].connection, .quotaExceeded,
            detail: "the client does not take its messages in time")
    }

    /// A publisher has waited for a client that is away, or for room in the store.
    mutating func publisherHoldDue(_ connection: Int) {
        guard connections[connection].holds.contains(.room) else { return }
        let limit = configuration.limits.publisherHoldTime
        let held = now.milliseconds(since: connections[connection].heldSince)
        guard held >= limit else {
            deadlines.add(
                .publisherHold, at: connections[connection].heldSince.advanced(milliseconds: limit),
                slot: connection, generation: connections.generation(of: connection))
            return
        }
        guard !connections[connection].isLost else { return forgetLost(connection) }
        disconnect(connection, .quotaExceeded, detail: "a queue that the message belongs in stays full")
    }
}
