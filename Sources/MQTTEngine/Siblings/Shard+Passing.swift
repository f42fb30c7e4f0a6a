import MQTTCodec
import NIOCore

extension Shard {
    /// Gives a message to the siblings that want it, and to a member of each shared subscription, wherever it
    /// is. false: nobody wants it.
    mutating func passOn(_ view: borrowing MessageView, _ route: Int, _ message: inout Int) -> Bool {
        let interest = routes.routes[route].interest
        let shares = routes.routes[route].shares
        var picks: [(share: UInt32, shard: Int)] = []
        for share in shares {
            guard let shard = siblings.shares.pick(Int(share)) else { continue }
            if shard == siblings.place.index {
                let group = siblings.shares.group(of: Int(share))
                if group >= 0 { deliver(view, toGroup: group, &message) }
            } else {
                picks.append((share, shard))
            }
        }
        // All keep what is retained.
        let targets = view.retain ? siblings.place.siblings : interest.some
        guard targets != 0 || !picks.isEmpty else { return !shares.isEmpty }
        var owing: UInt64 = 0
        if siblings.creditor != nil {
            owing = interest.durable
            if view.retain { owing |= 1 << UInt64(siblings.home(of: view.topic)) & targets }
        }
        // Where nothing has to be stored elsewhere, it can be stored here first.
        if isBlocking && owing == 0 && picks.isEmpty {
            if message < 0 { message = keep(view) }
            deferPassing(message, targets)
        } else {
            // Bound to a round, it is everybody's matter when it goes out.
            if isBlocking { owing = targets }
            pass(view, to: targets, owing: owing)
            for (share, shard) in picks { pass(view, share: Int(share), to: shard, credit()) }
        }
        return interest.some != 0 || !shares.isEmpty
    }

    /// A client's publish is at hand: who waits for it, and who can be held back for it.
    mutating func beginPassing(_ header: PublishHeader, _ connection: Int) {
        siblings.publisher = Creditor(
            shard: UInt8(siblings.place.index), connection: id(of: connection),
            acknowledgement: connections[connection].owed.next, weight: 0)
        siblings.creditor = isDurable && header.qos != .atMostOnce ? siblings.publisher : nil
        if isBlocking { siblings.creditor = siblings.publisher.binding }
        siblings.given = 0
        siblings.stamp = header.retain ? siblings.stamps.next(siblings.place.index) : 0
    }

    /// A QoS 2 message came again whose first answer was not seen: what it was passed on to may still be at work.
    mutating func fence(_ connection: Int) {
        siblings.given = 0
        guard isDurable else { return }
        for sibling in 0..<siblings.place.count where sibling != siblings.place.index {
            siblings.given += 1
            siblings.tell(
                sibling,
                .fence(
                    Creditor(
                        shard: UInt8(siblings.place.index), connection: id(of: connection),
                        acknowledgement: connections[connection].owed.next, weight: 1)))
        }
    }

    /// A message that may only go out when its batch is stored.
    private mutating func deferPassing(_ message: Int, _ targets: UInt64) {
        retainMessage(message)
        gathering.wait(
            .passing(
                message,
                DeferredPassing(targets: targets, stamp: siblings.stamp, publisher: siblings.publisher)))
    }

    /// What was to be stored first is stored.
    mutating func passDeferred(_ index: Int, _ deferred: DeferredPassing) {
        let message = messages[index]
        let view = message.view
        for sibling in 0..<siblings.place.count where deferred.targets & 1 << UInt64(sibling) != 0 {
            pass(view, .publish, stamp: deferred.stamp, filter: [], to: sibling, deferred.publisher)
        }
        releaseMessage(index)
    }

    private mutating func pass(_ view: borrowing MessageView, to targets: UInt64, owing: UInt64) {
        var left = targets
        while left != 0 {
            let sibling = left.trailingZeroBitCount
            left &= left - 1
            let creditor = owing & 1 << UInt64(sibling) != 0 ? credit() : nil
            pass(
                view, .publish, stamp: siblings.stamp, filter: [], to: sibling, creditor ?? siblings.publisher
            )
        }
    }

    /// Gives a message to a sibling, for a member of a shared subscription.
    mutating func pass(
        _ view: borrowing MessageView, share: Int, to sibling: Int, _ creditor: Creditor?
    ) {
        let filter = siblings.shares.filter(of: share).bytes
        pass(
            view, .share, stamp: UInt64(filter.count), filter: filter, to: sibling,
            creditor ?? siblings.publisher)
    }

    private mutating func pass(
        _ view: borrowing MessageView, _ kind: SiblingRecord.Kind, stamp: UInt64, filter: [UInt8],
        to sibling: Int, _ creditor: Creditor
    ) {
        let header = SiblingRecord.Header(
            kind: kind, qos: view.qos, retain: view.retain, topicCount: view.topic.count,
            propertiesCount: view.properties.count, payloadCount: view.payload.count,
            expiresAt: view.expiresAt, stamp: stamp, creditor: creditor)
        counters.publishesPassed += 1
        siblings.pass(header, view, filter: filter.span, to: sibling)
    }

    /// A part of the debt of the publish at hand, for a sibling. nil: nobody waits for it.
    private mutating func credit() -> Creditor? {
        guard let creditor = siblings.creditor else { return nil }
        siblings.owe(creditor, Creditor.share)
        if isBlocking { bind() }
        return creditor.weighing(Creditor.share)
    }

    // MARK: From a sibling

    /// A message from a sibling, whose bytes are at a place of a buffer.
    mutating func received(_ header: SiblingRecord.Header, _ buffer: borrowing ByteBuffer, at place: Int) {
        let body = buffer.readableBytesUInt8Span.extracting(place..<place + header.bodyCount)
        let start = header.kind == .share ? Int(header.stamp) : 0
        let properties = start + header.topicCount
        let payload = properties + header.propertiesCount
        let view = MessageView(
            topic: body.extracting(start..<properties), properties: body.extracting(properties..<payload),
            payload: body.extracting(payload..<body.count), qos: header.qos, retain: header.retain,
            expiresAt: header.expiresAt)
        siblings.creditor = header.creditor.weight > 0 ? header.creditor : nil
        siblings.publisher = header.creditor.weighing(0)
        wait = .none
        isBlocking = header.creditor.isBound
        if isBlocking { bind() }
        if header.kind == .share {
            receivedShare(view, MQTTString(copying: body.extracting(0..<start)))
        } else if let route = try? route(for: view.topic) {
            holdBack(header.creditor, header.qos, route)
            siblings.stamp = header.stamp
            siblings.stamps.saw(header.stamp)
            let slice =
                view.payload.count < Outbox.sliceThreshold
                ? nil
                : SlicablePayload(buffer: copy buffer, range: place + payload..<place + body.count)
            _ = publish(view, slice, route, from: -1)
        }
        isBlocking = false
        repay()
    }

    /// Gives the weight of the publish at hand back to whom it is owed, now or when the message is safe.
    mutating func repay() {
        guard let creditor = siblings.creditor else { return }
        siblings.creditor = nil
        // The round waits for nothing but that it is here.
        if creditor.isBound { wait = .none }
        switch wait {
        case .none: settle(creditor)
        case .batch: gathering.wait(.creditor(creditor), messageDurability)
        case .message(let message)
        where messages[message].owed != nil || messages[message].mark.batch != gathering.number:
            // It came for somebody before, and for a session that has arrived since.
            gathering.wait(.creditor(creditor), messageDurability)
        case .message(let message):
            messages[message].owed = creditor
            gathering.waitPatiently(message, id: messages[message].id)
        }
        wait = .none
    }

    // MARK: Holding publishers of siblings back

    /// A message came for a session that has no room. It is taken, and its publisher asked to wait.
    private mutating func holdBack(_ creditor: Creditor, _ qos: QoS, _ route: Int) {
        guard fullSessions > 0 || isMemoryFull,
            creditor.connection.generation != 0
        else { return }
        for place in routes.routes[route].recipients.indices {
            let session = Int(routes.routes[route].recipients[place].session)
            let policy =
                sessions[session].connection >= 0
                ? configuration.onlineQueuePolicy : configuration.offlineQueuePolicy
            guard sessions[session].isFull, policy == .holdPublishers || policy == .rejectNewest,
                sessions[session].connection >= 0 || qos != .atMostOnce
            else { continue }
            if sessions[session].waiting.isEmpty && sessions[session].waitingElsewhere.isEmpty {
                report(.publishersHeld(by: sessions[session].clientIdentifier))
            }
            hold(creditor, for: session)
            return
        }
    }

    /// The same for a message that came for a shared subscription with as much waiting as may.
    mutating func holdBack(_ creditor: Creditor, group: Int) {
        guard creditor.connection.generation != 0, isOver(group) else { return }
        let reader = reader(inGroup: group)
        guard reader?.takesAll != true else { return }
        let policy = queuePolicy(ofGroup: group)
        guard policy == .holdPublishers || policy == .rejectNewest,
            let member = subscriptions.groups[group].members.first
        else { return }
        let session = reader?.session ?? subscriptions.subscriptions[Int(member)].session
        // So that it is looked at when it has taken something, which makes room for all.
        if !sessions[session].isFull {
            sessions[session].isFull = true
            fullSessions += 1
            if reader != nil { watchReader(session) }
        }
        hold(creditor, for: session)
    }

    private mutating func hold(_ creditor: Creditor, for session: Int) {
        let waiting = WaitingPublisher(shard: creditor.shard, connection: creditor.connection)
        guard !sessions[session].waitingElsewhere.contains(waiting) else { return }
        sessions[session].waitingElsewhere.append(waiting)
        siblings.tell(
            Int(creditor.shard), .hold(creditor.connection, isTimed: sessions[session].connection < 0))
    }

    /// A sibling has no room for what a publisher sends.
    ///
    /// - Parameter isTimed: whether nobody there takes anything, so that the wait needs an end.
    mutating func holdForSibling(_ id: ConnectionID, _ isTimed: Bool) {
        guard isCurrent(id), connections[Int(id.slot)].phase == .connected else { return }
        let connection = Int(id.slot)
        connections[connection].holds.insert(.room)
        connections[connection].heldSince = now
        guard isTimed else { return }
        deadlines.add(
            .publisherHold, at: now.advanced(milliseconds: configuration.limits.publisherHoldTime),
            slot: connection, generation: id.generation)
    }

    /// Whether siblings' inboxes have room for a publish; if not, its publisher waits.
    mutating func admitElsewhere(_ route: Int, retain: Bool, _ publisher: Int) -> Bool {
        let wanted = retain ? siblings.place.siblings : routes.routes[route].interest.some
        guard wanted & siblings.congested != 0 else { return true }
        connections[publisher].holds.insert(.room)
        connections[publisher].heldSince = now
        siblings.congestionWaiting.append(id(of: publisher))
        return false
    }

    /// A sibling's inbox has become too full, or has room again.
    public mutating func siblingCongested(_ sibling: Int, _ isCongested: Bool, at moment: Instant) {
        begin(moment)
        let bit: UInt64 = 1 << UInt64(sibling)
        siblings.congested = isCongested ? siblings.congested | bit : siblings.congested & ~bit
        guard !isCongested else { return }
        let waiting = siblings.congestionWaiting
        siblings.congestionWaiting = []
        for id in waiting { release(id) }
    }
}
