import DequeModule
import MQTTCodec

/// A shard shows what it holds, for operators: nothing changes by it, and each look is bounded.
extension Shard {
    /// Looks at up to `places` places of the table of sessions, and stops early when it has found `limit`.
    public func sessions(
        matching query: SessionQuery, from start: Int, places: Int, limit: Int, at moment: Instant
    ) -> InspectionSlice<SessionSummary> {
        var slice = InspectionSlice<SessionSummary>()
        let end = min(sessions.places.upperBound, start + places)
        var place = start
        while place < end && slice.elements.count < limit {
            if sessions.isTaken(place) && matches(place, query) {
                slice.elements.append(summary(ofSession: place, at: moment))
            }
            place += 1
        }
        slice.next = place < sessions.places.upperBound ? place : nil
        return slice
    }

    /// The highest ranked of up to `places` places of the table of sessions.
    public func highestSessions(
        by rank: SessionRank, from start: Int, places: Int, limit: Int, at moment: Instant
    ) -> InspectionSlice<SessionSummary> {
        var slice = sessions(
            matching: SessionQuery(), from: start, places: places, limit: places, at: moment)
        slice.elements = rank.best(slice.elements, limit: limit)
        return slice
    }

    /// A session with the first `limit` of its subscriptions and of its messages; nil: there is none.
    public func session(_ clientIdentifier: MQTTString, limit: Int, at moment: Instant) -> SessionDetail? {
        guard let session = place(of: clientIdentifier) else { return nil }
        var inFlight: [DeliverySummary] = []
        sessions[session].inFlight.forEach { entry in
            guard inFlight.count < limit else { return }
            let state: DeliverySummary.State = entry.state == .published ? .published : .released
            inFlight.append(
                summary(of: entry.delivery, state, packetIdentifier: entry.packetIdentifier, at: moment))
        }
        let queue = sessions[session].queue.prefix(limit).map {
            summary(of: $0, .queued, packetIdentifier: 0, at: moment)
        }
        let subscriptions = sessions[session].subscriptions.prefix(limit).map {
            summary(ofSubscription: Int($0))
        }
        let will = (sessions[session].will?.will).map { will in
            WillSummary(
                topic: will.topic, qos: will.qos, retain: will.retain,
                payloadBytes: will.payload.count, delay: will.properties.willDelayInterval ?? 0)
        }
        return SessionDetail(
            summary: summary(ofSession: session, at: moment), subscriptions: subscriptions,
            inFlight: inFlight, queue: Array(queue), will: will)
    }

    /// Looks at up to `places` places of the table of subscriptions.
    ///
    /// - Parameter topic: only those that a message to this topic would go through; nil: all.
    public func subscriptions(
        matching text: SessionQuery, topic: MQTTString?, from start: Int, places: Int, limit: Int
    ) -> InspectionSlice<SubscriptionSummary> {
        var slice = InspectionSlice<SubscriptionSummary>()
        let all = subscriptions.places
        let end = min(all.upperBound, start + places)
        var place = start
        while place < end && slice.elements.count < limit {
            if subscriptions.isTaken(place) {
                let found = summary(ofSubscription: place)
                if (text.isPart(of: found.filter.bytes) || text.isPart(of: found.clientIdentifier.bytes))
                    && Self.matches(found.filter, topic)
                {
                    slice.elements.append(found)
                }
            }
            place += 1
        }
        slice.next = place < all.upperBound ? place : nil
        return slice
    }

    private static func matches(_ filter: MQTTString, _ topic: MQTTString?) -> Bool {
        guard let topic else { return true }
        return (try? TopicFilter(filter))?.matches(topic) ?? false
    }

    private func matches(_ session: Int, _ query: SessionQuery) -> Bool {
        guard sessions[session].place != .departed else { return false }
        let connection = sessions[session].connection
        if let isConnected = query.isConnected, isConnected != (connection >= 0) { return false }
        guard !query.text.isEmpty else { return true }
        if query.isPart(of: sessions[session].clientIdentifier.bytes) { return true }
        if let user = sessions[session].userName, query.isPart(of: user.bytes) { return true }
        return connection >= 0 && query.isPart(of: connections[connection].peer.address.utf8)
    }

    func place(of clientIdentifier: MQTTString) -> Int? {
        clientIdentifiers.find(clientIdentifier.bytes.span).map(Int.init)
    }

    private func summary(ofSession session: Int, at moment: Instant) -> SessionSummary {
        let connection = sessions[session].connection
        let isConnected = connection >= 0
        var expiresIn: Int64?
        if let end = sessions[session].expiresAt, end.milliseconds != .max {
            expiresIn = max(0, end.milliseconds(since: moment))
        }
        return SessionSummary(
            clientIdentifier: sessions[session].clientIdentifier, userName: sessions[session].userName,
            version: sessions[session].version,
            peer: isConnected ? connections[connection].peer : nil,
            connectedFor: isConnected
                ? max(0, moment.milliseconds(since: connections[connection].openedAt)) : nil,
            silentFor: isConnected
                ? max(0, moment.milliseconds(since: connections[connection].lastReceived)) : nil,
            keepAlive: isConnected ? connections[connection].keepAliveLimit * 2 / 3000 : 0,
            bytesReceived: isConnected ? connections[connection].bytesReceived : 0,
            bytesSent: isConnected ? connections[connection].bytesSent : 0,
            subscriptions: sessions[session].subscriptions.count,
            queuedMessages: sessions[session].queue.count, queuedBytes: sessions[session].queue.bytes,
            inFlightMessages: sessions[session].inFlight.count,
            inFlightMaximum: sessions[session].inFlightMaximum, isFull: sessions[session].isFull,
            expiryInterval: sessions[session].expiryInterval, expiresIn: expiresIn,
            hasWill: sessions[session].will != nil, lastDisconnect: sessions[session].lastDisconnect)
    }

    private func summary(ofSubscription place: Int) -> SubscriptionSummary {
        let subscription = subscriptions.subscriptions[place]
        return SubscriptionSummary(
            clientIdentifier: sessions[subscription.session].clientIdentifier,
            filter: subscriptions.filter(of: place), options: subscription.options,
            identifier: subscription.identifier)
    }

    private func summary(
        of delivery: Delivery, _ state: DeliverySummary.State, packetIdentifier: UInt16, at moment: Instant
    ) -> DeliverySummary {
        var summary = DeliverySummary(
            state: state, packetIdentifier: packetIdentifier, topic: "", qos: delivery.qos,
            retain: delivery.retain, payloadBytes: 0)
        guard state != .released else { return summary }
        summary.topic = MQTTString(copying: messages[delivery.message].view.topic)
        summary.payloadBytes = messages[delivery.message].payloadCount
        summary.expiresIn = messages[delivery.message].expiresAt.map {
            max(0, $0.milliseconds(since: moment))
        }
        return summary
    }
}
