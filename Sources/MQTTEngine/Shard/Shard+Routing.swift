import MQTTCodec
import NIOCore

/// A payload where it stands in a received buffer, so that a large one can be sent from there.
struct SlicablePayload {
    let buffer: ByteBuffer
    /// Counted from the buffer's first readable byte.
    let range: Range<Int>

    var slice: ByteBuffer? { buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) }
}

extension Shard {
    /// Takes a message over and gives it to everyone on its route. false: nobody subscribed.
    ///
    /// - Parameter publisher: the session it came from, for No Local; -1: the broker itself.
    @inline(__always)
    mutating func publish(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, _ route: Int, from publisher: Int
    ) -> Bool {
        var message = -1
        templates.begin()
        hasRetained = false
        if isDurable { messageDurability = routes.routes[route].durability }
        if isBlocking {
            message = keep(view)
            messages[message].blockedUntil = gathering.number
        }
        if view.retain { retain(view, &message) }
        let remaining = remainingExpiry(view.expiresAt)
        let count = routes.routes[route].recipients.count
        for place in 0..<count {
            if routes.routes[route].recipients[place].hasNoLocal
                && Int(routes.routes[route].recipients[place].session) == publisher
            {
                deliverOwn(view, payload, route, place, &message, remaining)
            } else {
                deliver(view, payload, route, place, &message, remaining)
            }
        }
        var isWanted = count > 0
        if isAlone {
            if !routes.routes[route].groups.isEmpty {
                isWanted = true
                deliverToGroups(view, route, &message)
            }
        } else if siblings.source == siblings.place.index {
            isWanted = passOn(view, route, &message) || isWanted
        }
        guard message >= 0 else {
            if isDurable { wait = hasRetained ? .batch : .none }
            return isWanted
        }
        if isDurable { measureWait(message) }
        releaseMessage(message)
        return isWanted
    }

    /// What the acknowledgement of a message waits for that has just been given to everyone.
    @inline(__always)
    mutating func measureWait(_ message: Int) {
        let isAwaited = messages[message].isAwaitedOnDisk
        if isAwaited && messages[message].references > 1 { makeFindable(message) }
        wait = hasRetained || isAwaited ? .batch : messages[message].rows > 0 ? .message(message) : .none
    }

    private func remainingExpiry(_ expiresAt: Instant?) -> UInt32? {
        expiresAt.map { UInt32(clamping: ($0.milliseconds(since: now) + 999) / 1000) }
    }

    @inline(__always)
    private mutating func deliver(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, _ route: Int, _ place: Int,
        _ message: inout Int, _ remaining: UInt32?
    ) {
        let session = Int(routes.routes[route].recipients[place].session)
        let qos = min(view.qos, routes.routes[route].recipients[place].qos)
        let retain = view.retain && routes.routes[route].recipients[place].retainAsPublished
        if routes.routes[route].recipients[place].identifiers.isEmpty {
            deliver(view, payload, to: session, qos, retain, SubscriptionIdentifiers(), &message, remaining)
        } else {
            let identifiers = routes.routes[route].recipients[place].identifiers
            deliver(view, payload, to: session, qos, retain, identifiers, &message, remaining)
        }
    }

    /// What a session with No Local gets of its own message: only through subscriptions without it
    /// [MQTT-3.8.3-3].
    private mutating func deliverOwn(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, _ route: Int, _ place: Int,
        _ message: inout Int, _ remaining: UInt32?
    ) {
        let session = routes.routes[route].recipients[place].session
        guard let own = routes.routes[route].own[session] else { return }
        deliver(
            view, payload, to: Int(session), min(view.qos, own.qos), view.retain && own.retainAsPublished,
            own.identifiers, &message, remaining)
    }

    /// One copy for one session: sent now where it can be, else kept where it has to be.
    @inline(__always)
    mutating func deliver(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, to session: Int, _ qos: QoS,
        _ retain: Bool,
        _ identifiers: SubscriptionIdentifiers, _ message: inout Int, _ remaining: UInt32?
    ) {
        let connection = sessions[session].connection
        if qos == .atMostOnce && !isBlocking {
            guard connection >= 0 else { return }
            deliverNow(view, payload, session, connection, retain, identifiers, remaining)
            return
        }
        if message < 0 { message = keep(view) }
        let delivery = Delivery(message: message, qos: qos, retain: retain, identifiers: identifiers)
        guard qos != .atMostOnce || connection >= 0 else { return }
        guard connection >= 0, !isBlocking, canSendNow(session, connection), !isGated(delivery, session)
        else {
            enqueue(delivery, session)
            return
        }
        sendFirst(view, payload, delivery, session, connection, remaining)
    }

    /// Whether a QoS 1 or 2 message may overtake nothing and exceed nothing by being sent at once.
    @inline(__always)
    func canSendNow(_ session: Int, _ connection: Int) -> Bool {
        sessions[session].queue.isEmpty && sessions[session].inFlight.isAllSent
            && sessions[session].inFlight.count < sessions[session].inFlightMaximum
            && connections[connection].outbox.count < configuration.limits.outgoingBytes / 2
    }

    /// QoS 0, to a client that is connected.
    @inline(__always)
    private mutating func deliverNow(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, _ session: Int, _ connection: Int,
        _ retain: Bool, _ identifiers: SubscriptionIdentifiers, _ remaining: UInt32?
    ) {
        guard
            connections[connection].outbox.count <= configuration.limits.outgoingBytes
                || isUnderWay(session, connection)
        else {
            countDrop(session, .slowReader)
            return
        }
        write(view, payload, session, connection, .atMostOnce, retain, 0, identifiers, remaining)
        if connections[connection].outbox.count > configuration.limits.outgoingBytes { measureRoom(session) }
    }

    /// Whether a message was already on its way from another shard when its publisher was held back.
    private func isUnderWay(_ session: Int, _ connection: Int) -> Bool {
        siblings.source != siblings.place.index && !sessions[session].waitingElsewhere.isEmpty
            && connections[connection].outbox.count
                <= configuration.limits.outgoingBytes + Limits.passedBytes
    }

    /// The first sending of a QoS 1 or 2 message.
    @inline(__always)
    private mutating func sendFirst(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, _ delivery: Delivery, _ session: Int,
        _ connection: Int, _ remaining: UInt32?
    ) {
        guard let identifier = sessions[session].inFlight.add(delivery) else {
            enqueue(delivery, session)
            return
        }
        let isSent = write(
            view, payload, session, connection, delivery.qos, delivery.retain, identifier,
            delivery.identifiers,
            remaining)
        guard isSent else {
            _ = sessions[session].inFlight.remove(identifier)
            return
        }
        retainMessage(delivery.message)
        counters.inFlightMessages += 1
        if isDurable {
            var sent = delivery
            saveSent(&sent, identifier, isGated: false, session)
        }
    }

    /// Writes a new PUBLISH into an outbox. false: it is larger than the client takes, and counts as sent
    /// [MQTT-3.1.2-24, -25].
    @inline(__always)
    @discardableResult
    private mutating func write(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, _ session: Int, _ connection: Int,
        _ qos: QoS,
        _ retain: Bool, _ identifier: UInt16, _ identifiers: SubscriptionIdentifiers, _ remaining: UInt32?
    ) -> Bool {
        prepareOutbox(connection)
        let version = connections[connection].version
        guard identifiers.isEmpty, connections[connection].outgoingAliases == nil,
            view.payload.count < Outbox.sliceThreshold
        else {
            var options = PublishOptions(
                version: version, qos: qos, retain: retain, packetIdentifier: identifier)
            options.remainingExpiry = remaining
            options.identifiers = identifiers
            return write(view, payload, session, connection, options)
        }
        let template = templates.prepare(view, version, qos, remainingExpiry: remaining)
        let size = templates.size(template)
        guard size <= connections[connection].maximumPacketSize else {
            countDrop(session, .tooLargeForClient)
            return false
        }
        let firstByte = PacketType.publish.rawValue << 4 | qos.rawValue << 1 | (retain ? 1 : 0)
        templates.append(
            template, firstByte: firstByte, packetIdentifier: identifier,
            to: &connections[connection].outbox.tail)
        countSent(qos, view.payload.count, connection)
        return true
    }

    /// Writes a PUBLISH that no template serves. false: it is larger than the client takes.
    mutating func write(
        _ view: borrowing MessageView, _ payload: SlicablePayload?, _ session: Int, _ connection: Int,
        _ given: PublishOptions
    ) -> Bool {
        prepareOutbox(connection)
        var options = given
        var newAlias: UInt16 = 0
        if let aliases = connections[connection].outgoingAliases {
            if let known = aliases.find(view.topic) {
                options.topicAlias = known
                options.omitsTopic = true
            } else if let next = aliases.next() {
                options.topicAlias = next
                newAlias = next
            }
        }
        var measure = PublishMeasure(view, options)
        if measure.packetSize > connections[connection].maximumPacketSize && newAlias != 0 {
            // The alias is what does not fit.
            options.topicAlias = 0
            newAlias = 0
            measure = PublishMeasure(view, options)
        }
        guard measure.packetSize <= connections[connection].maximumPacketSize else {
            countDrop(session, .tooLargeForClient)
            return false
        }
        if newAlias != 0 { connections[connection].outgoingAliases?.established(view.topic, newAlias) }
        // A slice keeps the whole buffer it came in: not for a client that may take long to read it.
        if view.payload.count >= Outbox.sliceThreshold, connections[connection].isWritable,
            let slice = payload?.slice
        {
            connections[connection].outbox.tail.writePublish(view, options, measure, payload: false)
            connections[connection].outbox.append(slice: slice)
        } else {
            connections[connection].outbox.tail.writePublish(view, options, measure)
        }
        countSent(options.qos, view.payload.count, connection)
        return true
    }

    @inline(__always)
    private mutating func countSent(_ qos: QoS, _ payload: Int, _ connection: Int) {
        counters.packetsSent += 1
        counters.publishesSent.count(qos)
        counters.publishBytesSent += UInt64(payload)
        markDirty(connection)
    }
}
