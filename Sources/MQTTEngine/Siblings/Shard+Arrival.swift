import MQTTCodec

/// Session handover, the new place's part.
extension Shard {
    /// The old place has answered a claim: there was no session, or here it is.
    mutating func handedOver(_ claim: ClientClaim, _ travelling: TravellingSession?, from origin: Int) {
        guard let travelling else {
            granted(claim)
            return
        }
        let session = unpack(travelling, from: origin)
        let sources = siblings.place.siblings | 1 << UInt64(siblings.place.index)
        let arrival = Arrival(
            claim: claim, origin: origin, session: session,
            generation: sessions.generation(of: session), uncut: siblings.place.siblings,
            undrained: sources)
        siblings.arrivals[claim.clientIdentifier] = arrival
        siblings.tellAll(.moved(claim.clientIdentifier, from: origin))
        // This shard's own publishes are kept here from now on.
        siblings.tell(origin, .cut(claim.clientIdentifier))
    }

    private mutating func unpack(_ travelling: TravellingSession, from origin: Int) -> Int {
        var arrived = Session(
            clientIdentifier: travelling.clientIdentifier, version: travelling.version,
            expiryInterval: travelling.expiryInterval)
        arrived.id = travelling.id
        arrived.userName = travelling.userName
        arrived.nextOrder = travelling.nextOrder
        arrived.expiresAt = travelling.expiresAt
        arrived.received = travelling.received
        arrived.place = .arriving
        let session = sessions.insert(arrived)
        let generation = sessions.generation(of: session)
        clientIdentifiers.set(travelling.clientIdentifier.bytes.span, UInt32(session))
        counters.sessions += 1
        if let expiresAt = travelling.expiresAt {
            storedSessions += 1
            if travelling.expiryInterval != .max {
                deadlines.add(.sessionExpiry, at: expiresAt, slot: session, generation: generation)
            }
        }
        if let will = travelling.will {
            let pending = PendingWill(will)
            pending.dueAt = travelling.willDueAt
            sessions[session].will = pending
            if let due = travelling.willDueAt {
                deadlines.add(.will, at: due, slot: session, generation: generation)
            }
        }
        unpackSubscriptions(travelling, session)
        unpackDeliveries(travelling, session, travelling.groups.map { unpackGroup($0) })
        if isDurable && travelling.id != 0 {
            gathering.wait(.notice(origin, .kept(travelling.clientIdentifier)))
        }
        return session
    }

    private mutating func unpackSubscriptions(_ travelling: TravellingSession, _ session: Int) {
        for subscription in travelling.subscriptions {
            guard let filter = try? TopicFilter(subscription.filter) else { continue }
            _ = addSubscription(filter, subscription.options, subscription.identifier, session)
            routesChanged(Array(filter.pattern))
            if filter.isShared { saveGroup(filter, session) }
            if let left = subscription.replaying { resumeReplay(left, subscription, session) }
        }
    }

    /// A shared subscription that deliveries came through; it may have members on other shards only. -1: it has
    /// none.
    private mutating func unpackGroup(_ string: MQTTString) -> Int32 {
        guard let filter = try? TopicFilter(string), siblings.shares.find(string) != nil,
            let group = subscriptions.makeGroup(filter)
        else { return -1 }
        announceMembers(filter)
        return Int32(group)
    }

    /// Goes on where the old place stopped: here the same messages are retained.
    private mutating func resumeReplay(
        _ left: TravellingSession.Replaying, _ subscription: TravellingSession.Subscription, _ session: Int
    ) {
        let entries = left.topics.compactMap { retained.mark(at: $0.bytes.span).map { UInt32($0.entry) } }
        var replay = RetainedReplay(
            filter: subscription.filter, retained, entries: entries, qos: left.qos)
        replay.identifiers = left.identifiers
        if isDurable && sessions[session].id != 0 {
            replay.storedSubscription = StoredSubscription(
                filter: subscription.filter, options: subscription.options,
                identifier: subscription.identifier, isReplaying: true)
        }
        sessions[session].replays.append(replay)
    }

    private mutating func unpackDeliveries(
        _ travelling: TravellingSession, _ session: Int, _ groups: [Int32]
    ) {
        let places = travelling.messages.map { insert($0) }
        func unpack(_ shard: inout Self, _ delivery: inout Delivery) {
            delivery.message = places[delivery.message]
            shard.messages[delivery.message].references += 1
            if delivery.group >= 0 && Int(delivery.group) < groups.count {
                delivery.group = groups[Int(delivery.group)]
                guard delivery.group >= 0 else { return }
                delivery.groupGeneration =
                    shard.subscriptions.groups.generation(of: Int(delivery.group))
            }
        }
        let owner = travelling.id
        var inFlight = travelling.inFlight
        var rows: [(UInt16, Delivery)] = []
        inFlight.mapDeliveries { state, delivery in
            if state == .published { unpack(&self, &delivery) }
        }
        inFlight.forEach { entry in
            counters.inFlightMessages += 1
            if entry.state == .published && entry.delivery.row.usesMessage {
                rows.append((entry.packetIdentifier, entry.delivery))
            }
        }
        sessions[session].inFlight = inFlight
        for (identifier, given) in rows {
            var delivery = given
            rewrite(&delivery, owner: owner, .published, identifier)
            sessions[session].inFlight.update(identifier, isGated: false, delivery.row)
        }
        var queue = DeliveryQueue()
        queue.take(travelling.queue) { delivery in
            unpack(&self, &delivery)
            if delivery.row.order != 0 { rewrite(&delivery, owner: owner, .queued, 0) }
        }
        if !queue.disk.isEmpty { queue.disk.arrive(gathering.number) }
        counters.queuedMessages += queue.count
        counters.queuedOnDisk += queue.disk.count
        sessions[session].queue = queue
        for place in places { releaseMessage(place) }
    }

    // MARK: What comes meanwhile

    /// A message came straight here for a session that is still arriving. Whether it was dealt with.
    mutating func divertArriving(_ delivery: Delivery, _ session: Int) -> Bool {
        let identifier = sessions[session].clientIdentifier
        let source = siblings.source
        guard let arrival = siblings.arrivals[identifier], source >= 0 else { return false }
        let bit: UInt64 = 1 << UInt64(source)
        // Before its source's cut it also comes by way of the old place.
        guard arrival.uncut & bit == 0 else { return true }
        guard arrival.undrained & bit != 0 else { return false }
        retainMessage(delivery.message)
        let early = Arrival.Early(delivery: delivery, source: source, creditor: siblings.splitCredit())
        siblings.arrivals[identifier]?.early.append(early)
        return true
    }

    mutating func receivedArrivingCut(_ identifier: MQTTString, from source: Int) {
        siblings.arrivals[identifier]?.uncut &= ~(1 << UInt64(source))
        completeArrival(identifier)
    }

    mutating func receivedDrained(_ identifier: MQTTString, _ source: Int) {
        siblings.arrivals[identifier]?.undrained &= ~(1 << UInt64(source))
        admitEarly(identifier, source)
        completeArrival(identifier)
    }

    /// A message that came to the old place.
    mutating func receivedForwarded(
        _ identifier: MQTTString, _ message: Message, _ qos: QoS, _ retain: Bool,
        _ identifiers: SubscriptionIdentifiers, _ creditor: Creditor?
    ) {
        guard let session = clientIdentifiers.find(identifier.bytes.span) else {
            countDrop(identifier, .sessionEnded)
            if let creditor { settle(creditor) }
            return
        }
        let index = insert(message)
        if creditor?.isBound == true {
            messages[index].blockedUntil = gathering.number
            bind()
        }
        let delivery = Delivery(message: index, qos: qos, retain: retain, identifiers: identifiers)
        receive(delivery, Int(session), creditor)
        releaseMessage(index)
    }

    private mutating func admitEarly(_ identifier: MQTTString, _ source: Int) {
        guard let arrival = siblings.arrivals[identifier] else { return }
        siblings.arrivals[identifier]?.early.removeAll { $0.source == source }
        for early in arrival.early where early.source == source {
            if sessions.isCurrent(arrival.session, arrival.generation) {
                receive(early.delivery, arrival.session, early.creditor)
            } else {
                countDrop(identifier, .sessionEnded)
                if let creditor = early.creditor { settle(creditor) }
            }
            releaseMessage(early.delivery.message)
        }
    }

    /// Puts a message into the queue of a session that is arriving.
    private mutating func receive(_ delivery: Delivery, _ session: Int, _ creditor: Creditor?) {
        hasRetained = false
        let source = siblings.source
        siblings.source = -1
        siblings.creditor = creditor
        enqueue(delivery, session)
        progressed(session)
        if isDurable { measureWait(delivery.message) }
        repay()
        siblings.source = source
    }

    private mutating func completeArrival(_ identifier: MQTTString) {
        guard let arrival = siblings.arrivals[identifier], arrival.isComplete else { return }
        siblings.arrivals[identifier] = nil
        if sessions.isCurrent(arrival.session, arrival.generation) {
            sessions[arrival.session].place = .here
        }
        granted(arrival.claim)
    }
}
