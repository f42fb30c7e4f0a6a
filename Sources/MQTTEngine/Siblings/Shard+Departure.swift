import DequeModule
import MQTTCodec

/// Session handover, the old place's part. The protocol is on one page of ARCHITECTURE.md.
extension Shard {
    /// Gives a session, whose client is not connected here, to the shard that its client is connected to.
    mutating func handOver(_ claim: ClientClaim) {
        guard let found = clientIdentifiers.find(claim.clientIdentifier.bytes.span) else {
            // It has expired meanwhile.
            tell(claim.shard, .handedOver(claim, nil))
            return
        }
        let session = Int(found)
        let waiting = sessions[session].waiting
        sessions[session].waiting = []
        for id in waiting { release(id) }
        releaseElsewhere(session)
        let travelling = pack(session)
        clientIdentifiers.remove(claim.clientIdentifier.bytes.span)
        if sessions[session].isFull { fullSessions -= 1 }
        sessions[session].isFull = false
        if sessions[session].expiresAt != nil { storedSessions -= 1 }
        sessions[session].expiresAt = nil
        sessions[session].will = nil
        sessions[session].replays = []
        sessions[session].place = .departed
        counters.sessions -= 1
        siblings.departures[session] = Departure(
            destination: claim.shard,
            uncut: siblings.place.siblings | 1 << UInt64(siblings.place.index))
        siblings.tell(claim.shard, .handedOver(claim, travelling))
    }

    /// Takes a session's state out of this shard's tables.
    private mutating func pack(_ session: Int) -> TravellingSession {
        var packed = PackedMessages()
        var groups = PackedGroups()
        var subscribed: [TravellingSession.Subscription] = []
        for index in sessions[session].subscriptions {
            let subscription = subscriptions.subscriptions[Int(index)]
            let filter = subscriptions.filter(of: Int(index))
            subscribed.append(
                TravellingSession.Subscription(
                    filter: filter, options: subscription.options, identifier: subscription.identifier,
                    replaying: leftToReplay(filter, session)))
        }
        var inFlight = sessions[session].inFlight
        inFlight.mapDeliveries { state, delivery in
            packRow(&delivery)
            guard state == .published else {
                delivery.message = -1
                return
            }
            delivery.group = pack(delivery, &groups)
            delivery.message = pack(delivery, &packed)
        }
        counters.inFlightMessages -= inFlight.count
        let waiting = sessions[session].queue
        counters.queuedMessages -= waiting.count
        counters.queuedOnDisk -= waiting.disk.count
        var queue = DeliveryQueue()
        queue.take(waiting) { delivery in
            packRow(&delivery)
            delivery.group = pack(delivery, &groups)
            delivery.message = pack(delivery, &packed)
        }
        sessions[session].inFlight = InFlightWindow()
        sessions[session].queue = DeliveryQueue()
        if isDurable && sessions[session].id != 0 {
            siblings.lent[sessions[session].clientIdentifier, default: []].append(packed.lent)
        }
        let will = sessions[session].will
        return TravellingSession(
            clientIdentifier: sessions[session].clientIdentifier, userName: sessions[session].userName,
            version: sessions[session].version, id: sessions[session].id,
            nextOrder: sessions[session].nextOrder, expiryInterval: sessions[session].expiryInterval,
            expiresAt: sessions[session].expiresAt, will: will?.will, willDueAt: will?.dueAt,
            subscriptions: subscribed, received: sessions[session].received, inFlight: inFlight,
            queue: queue, groups: groups.filters,
            messages: packed.messages)
    }

    /// The new place has rows of its own. The session may have come back and gone again before that was stored.
    mutating func giveBackLent(_ identifier: MQTTString) {
        guard var journeys = siblings.lent.removeValue(forKey: identifier) else { return }
        let lent = journeys.removeFirst()
        if !journeys.isEmpty { siblings.lent[identifier] = journeys }
        for message in lent {
            disuseMessageRow(message)
            releaseMessage(message)
        }
    }

    /// The batches that it speaks of are another shard's from now on, and on their way.
    private func packRow(_ delivery: inout Delivery) {
        delivery.row.mark = StoreMark()
        delivery.row.isFirst = false
    }

    /// The retained messages that are still to be sent because of a subscription; nil: none were.
    private func leftToReplay(_ filter: MQTTString, _ session: Int) -> TravellingSession.Replaying? {
        guard let replay = sessions[session].replays.first(where: { $0.filter == filter }) else { return nil }
        var topics: [MQTTString] = []
        for index in retained.entriesLeft(of: replay) {
            guard let entry = retained.entry(Int(index), notAfter: replay.asOf) else { continue }
            topics.append(MQTTString(copying: messages[entry.message].view.topic))
        }
        return TravellingSession.Replaying(topics: topics, qos: replay.qos, identifiers: replay.identifiers)
    }

    /// The place that a delivery's shared subscription has among the packed ones; -1: it has none any more.
    private func pack(_ delivery: Delivery, _ groups: inout PackedGroups) -> Int32 {
        let group = Int(delivery.group)
        guard group >= 0, subscriptions.groups.isCurrent(group, delivery.groupGeneration) else { return -1 }
        if let known = groups.places[group] { return known }
        let place = Int32(groups.filters.count)
        groups.places[group] = place
        groups.filters.append(subscriptions.filter(ofGroup: group))
        return place
    }

    private struct PackedGroups {
        var filters: [MQTTString] = []
        var places: [Int: Int32] = [:]
    }

    /// Packs a delivery's message, once. The new place gives it a row of its own; until that is stored, the row
    /// of the delivery speaks of the one that is here, which is kept so long.
    private mutating func pack(
        _ delivery: Delivery, _ packed: inout PackedMessages
    ) -> Int {
        let message = delivery.message
        let place: Int
        if let known = packed.places[message] {
            place = known
        } else {
            place = packed.messages.count
            packed.places[message] = place
            packed.messages.append(messages[message].travelling())
        }
        if delivery.row.usesMessage { packed.lent.append(message) } else { releaseMessage(message) }
        return place
    }

    private struct PackedMessages {
        var messages: [Message] = []
        var places: [Int: Int] = [:]
        var lent: [Int] = []
    }

    // MARK: What still comes

    /// A message came for a session that is not, or not quite, here. Whether it was dealt with.
    mutating func divert(_ delivery: Delivery, _ session: Int) -> Bool {
        guard sessions[session].place == .departed else { return divertArriving(delivery, session) }
        guard let departure = siblings.departures[session],
            departure.uncut & 1 << UInt64(siblings.source) != 0
        else { return true }
        let notice = SiblingNotice.forwarded(
            sessions[session].clientIdentifier, messages[delivery.message].travelling(), delivery.qos,
            retain: delivery.retain, delivery.identifiers, siblings.splitCredit())
        if isBlocking { bind() }
        siblings.tell(departure.destination, notice)
        return true
    }

    /// From now on a source's publishes go straight to the new place.
    mutating func receivedCut(_ identifier: MQTTString, from source: Int) {
        let departed = siblings.departures.first { sessions[$0.key].clientIdentifier == identifier }
        if let departed, departed.value.uncut & 1 << UInt64(source) != 0 {
            cut(departed.key, source)
        } else {
            receivedArrivingCut(identifier, from: source)
        }
    }

    private mutating func cut(_ session: Int, _ source: Int) {
        guard var departure = siblings.departures[session] else { return }
        departure.uncut &= ~(1 << UInt64(source))
        siblings.departures[session] = departure
        siblings.tell(
            departure.destination, .drained(sessions[session].clientIdentifier, source: source))
        guard departure.uncut == 0 else { return }
        siblings.departures[session] = nil
        while let subscription = sessions[session].subscriptions.last {
            removeSubscription(Int(subscription), of: session)
        }
        sessions.remove(session)
    }

    /// A session has a new place: what is published from now on goes there.
    mutating func moved(_ identifier: MQTTString, from origin: Int, to destination: Int) {
        if origin == siblings.place.index {
            guard
                let departed = siblings.departures.first(where: {
                    sessions[$0.key].clientIdentifier == identifier && $0.value.destination == destination
                })
            else { return }
            siblings.tell(destination, .cut(identifier))
            cut(departed.key, siblings.place.index)
        } else {
            siblings.tell(origin, .cut(identifier))
            siblings.tell(destination, .cut(identifier))
        }
    }
}
