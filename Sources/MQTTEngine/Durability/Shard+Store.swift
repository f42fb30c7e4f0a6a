import DequeModule
import MQTTCodec
import NIOCore

extension Shard {
    /// Whether a batch should begin. One is under way at a time.
    public var hasBatchToStore: Bool {
        isDurable && (cutBatch != nil || storing.isEmpty && !gathering.isBound && gathering.isDue(at: now))
    }

    /// When a batch is due of what is held; nil: nothing is, or the store is not free.
    public var nextBatchAt: Instant? { isDurable && storing.isEmpty ? gathering.holdEndsAt : nil }

    /// Whether a batch is under way.
    public var isStoring: Bool { !storing.isEmpty }

    /// Whether there is something to store, though perhaps nobody waits for it.
    public var hasAnythingToStore: Bool { isDurable && storing.isEmpty && !gathering.isEmpty }

    /// How many changes are not stored yet.
    public var unstoredChanges: Int { storing.reduce(gathering.count) { $0 + $1.changes } }

    /// Whether nothing is under way and nothing is to come: then nothing can be lost.
    var isAllStored: Bool { !isDurable || storing.isEmpty && gathering.isEmpty }

    /// Begins a batch of all that was gathered: nothing in it can be taken back from now on. nil: there is nothing to
    /// store, a batch is under way, or siblings have to store theirs with it, and it comes in time.
    public mutating func beginBatch() -> StoreBatch? {
        if let part = cutBatch.take() { return part }
        guard storing.isEmpty, !gathering.isEmpty, !gathering.isBound else { return nil }
        let (batch, waiting) = gathering.begin()
        began(batch, waiting)
        return batch
    }

    /// Has what is gathered stored although nobody waits for it, where siblings have to store theirs with it: then
    /// ``beginBatch()`` alone does not.
    public mutating func seekStoring(at moment: Instant) {
        begin(moment)
        if gathering.isBound { gathering.hurry() }
    }

    /// The same, but leaves for later what acknowledgements are about to settle. nil, too: that is all there is, and
    /// ``nextBatchAt`` says when its time is over.
    public mutating func beginDueBatch() -> StoreBatch? {
        if let part = cutBatch.take() { return part }
        guard storing.isEmpty, !gathering.isEmpty, !gathering.isBound,
            let (batch, waiting) = gathering.beginDue(at: now)
        else { return nil }
        began(batch, waiting)
        return batch
    }

    mutating func began(_ batch: StoreBatch, _ waiting: StoreGatherer.Waiting) {
        storing.append((batch.number, batch.operations.count, waiting))
        if !siblings.surrenders.isEmpty { surrenderWaiting() }
        releaseBacklog()
    }

    /// A batch is stored: whatever waited for it goes on.
    ///
    /// - Parameter bytesOnDisk: what the store takes on its disk now.
    public mutating func batchStored(_ number: UInt64, bytesOnDisk: Int = 0, at moment: Instant) {
        begin(moment)
        guard storing.first?.number == number else { return }
        let waiting = storing.removeFirst().waiting
        storedBatch = number
        measureDisk(bytesOnDisk)
        if !endedQueues.isEmpty { readEnded() }
        for message in waiting.messages {
            guard messages.isTaken(message.place), messages[message.place].id == message.id else { continue }
            settleOwed(message.place)
        }
        for waiter in waiting.waiters {
            switch waiter {
            case .creditor(let creditor): settle(creditor)
            case .passing(let message, let deferred): passDeferred(message, deferred)
            case .notice(let sibling, let notice): siblings.tell(sibling, notice)
            case .surrender(let claim): tell(claim.shard, .handedOver(claim, nil))
            case .group(let filter): shedPending(filter)
            case .rowGone(let id): tell(siblings.giver(of: id), .rowGone(id))
            case .handedOnStored(let id): tell(siblings.giver(of: id), .handedOnStored(id))
            case .packet(let id, let output):
                guard isCurrent(id) else { continue }
                prepareOutbox(Int(id.slot))
                connections[Int(id.slot)].outbox.tail.writeImmutableBuffer(output.first)
                counters.packetsSent += 1
                if let type = output.first.getInteger(at: output.first.readerIndex, as: UInt8.self)
                    .flatMap({ PacketType(rawValue: $0 >> 4) })
                {
                    counters.sent.count(type)
                }
                markDirty(Int(id.slot))
            case .pubcomp(let id, let packetIdentifier, let reason):
                if isCurrent(id) { acknowledge(.pubcomp, packetIdentifier, reason, to: Int(id.slot)) }
            case .connect(let id): if isCurrent(id) { completeAccept(Int(id.slot)) }
            case .session(let session, let generation):
                if sessions.isCurrent(session, generation) { markReady(session) }
            }
        }
    }

    // MARK: Acknowledgements to publishers

    /// Answers a publish, now or when `wait` is over; never ahead of an earlier answer ([MQTT-4.6.0-2, -3]).
    @inline(__always)
    mutating func answer(
        _ type: PacketType, _ packetIdentifier: UInt16, _ reason: ReasonCode, to connection: Int,
        _ wait: Wait = .none, given: UInt32 = 0
    ) {
        if !isDurable || wait == .none && given == 0 && connections[connection].owed.isEmpty {
            acknowledge(type, packetIdentifier, reason, to: connection)
            return
        }
        let number = connections[connection].owed.add(
            type, packetIdentifier, reason, weight: given + (wait == .none ? 0 : 1))
        guard wait != .none else { return }
        let creditor = Creditor(
            shard: UInt8(siblings.place.index), connection: id(of: connection), acknowledgement: number,
            weight: 1)
        switch wait {
        case .none: break
        case .batch: gathering.wait(.creditor(creditor), isBlocking ? nil : messageDurability)
        case .message(let message):
            messages[message].owed = creditor
            gathering.waitPatiently(message, id: messages[message].id)
        }
    }

    /// What an answer waits for.
    enum Wait: Equatable {
        case none
        /// The batch that is being gathered.
        case batch
        /// The message: that it is stored, or that nobody needs it any more.
        case message(Int)
    }

    /// Part of what was owed to a publisher is done, on this shard or another.
    mutating func settle(_ creditor: Creditor) {
        if Int(creditor.shard) == siblings.place.index {
            settle(creditor.connection, creditor.acknowledgement, creditor.weight)
        } else {
            siblings.settle(creditor)
        }
    }

    mutating func settle(_ id: ConnectionID, _ acknowledgement: UInt64, _ weight: UInt32) {
        guard !Creditor.isBound(acknowledgement) else { return placed(weight) }
        guard isCurrent(id) else { return }
        let connection = Int(id.slot)
        connections[connection].owed.settle(acknowledgement, weight)
        while let owed = connections[connection].owed.popSafe() {
            acknowledge(owed.type, owed.packetIdentifier, owed.reason, to: connection)
        }
    }

    mutating func settleOwed(_ message: Int) {
        guard let owed = messages[message].owed else { return }
        messages[message].owed = nil
        settle(owed)
    }

    /// A session goes on when the batch that is being gathered is stored.
    mutating func waitForBatch(_ session: Int) {
        guard sessions[session].awaitedBatch != gathering.number else { return }
        sessions[session].awaitedBatch = gathering.number
        gathering.wait(.session(session, generation: sessions.generation(of: session)))
    }

    /// Sends a packet when the batch that is being gathered is stored.
    mutating func promise(_ packet: ControlPacket, to connection: Int) {
        var buffer = ByteBuffer()
        packet.encode(into: &buffer, version: connections[connection].version)
        gathering.wait(.packet(id(of: connection), Output(first: buffer)))
    }

    /// The same for PUBCOMP, of which there are many.
    mutating func promisePubcomp(_ identifier: UInt16, _ reason: ReasonCode = .success, to connection: Int) {
        gathering.wait(.pubcomp(id(of: connection), packetIdentifier: identifier, reason))
    }

    // MARK: Rows of messages and deliveries

    /// Adds one row's use of a message, which gets its own row if it has none.
    mutating func useMessageRow(_ message: Int, _ urgency: StoreGatherer.Urgency) {
        messages[message].rows += 1
        saveMessageRow(message, urgency)
    }

    /// Gives a message its row, if it has none, or may have none any more.
    mutating func saveMessageRow(_ message: Int, _ urgency: StoreGatherer.Urgency) {
        if messages[message].id == 0 {
            messages[message].id = nextStoreID()
        } else {
            guard messages[message].isRowGivenUp else { return }
            messages[message].isRowGivenUp = false
        }
        let stored = messages[message].stored(expiresAt: wallClock(messages[message].expiresAt))
        messages[message].mark = gathering.add(stored, urgency, messages[message].durability)
    }

    /// Takes one row's use of a message back; with the last one its row goes, or was never written.
    mutating func disuseMessageRow(_ message: Int) {
        messages[message].rows -= 1
        guard messages[message].rows == 0 else { return }
        if messages[message].isAwaitedOnDisk {
            // Memory does not know whether it was the last: the store looks.
            _ = gathering.add(.removeMessageUnlessAwaited(messages[message].id), .idle)
            messages[message].isRowGivenUp = true
            settleOwed(message)
            return
        }
        if !gathering.cancel(messages[message].mark) {
            _ = gathering.add(.removeMessage(messages[message].id), .idle)
        }
        messages[message].id = 0
        messages[message].mark = StoreMark()
        settleOwed(message)
    }

    /// Gives a delivery a row, or changes the one it has.
    ///
    /// - Parameter isOnItsWay: whether its acknowledgement may come before the row is stored, which can then be held:
    ///   but never without the row of its message, nor the new row without the one that it stands for.
    mutating func saveRow(
        _ delivery: inout Delivery, owner: Int64, order: Int64, _ state: StoredDelivery.State,
        _ identifier: UInt16, isOnItsWay: Bool = false
    ) {
        var urgency = isOnItsWay ? StoreGatherer.Urgency.patient : .firm
        if delivery.row.order == 0 {
            let hasMessage = messages[delivery.message].id != 0
            if hasMessage && messages[delivery.message].mark.batch != gathering.number { urgency = .firm }
            delivery.row.order = order
            delivery.row.isFirst = true
            delivery.row.isIdentifierAlone = messages[delivery.message].durability == .memory
            if delivery.row.usesMessage { useMessageRow(delivery.message, urgency) }
        } else if gathering.cancel(delivery.row.mark) {
            if delivery.row.mark.batch != gathering.number { urgency = .firm }
        } else {
            delivery.row.isFirst = false
        }
        delivery.row.isOnDiskAlone = false
        // An identifier alone reads as one whose message was handed over: it is released, and free.
        let stored = row(of: delivery, delivery.row.isIdentifierAlone ? .released : state, identifier)
        // Identifiers of QoS 2 belong to the session.
        let belongsToSession = delivery.qos == .exactlyOnce && state != .queued
        delivery.row.mark = gathering.add(
            stored, owner: owner, urgency,
            belongsToSession ? nil : messages[delivery.message].durability)
    }

    /// A delivery's row, as it has to be stored.
    func row(
        of delivery: Delivery, _ state: StoredDelivery.State, _ identifier: UInt16
    ) -> StoredDelivery {
        var identifiers: [UInt32] = []
        delivery.identifiers.forEach { identifiers.append(UInt32($0)) }
        let isGrouped =
            delivery.group >= 0
            && subscriptions.groups.isCurrent(Int(delivery.group), delivery.groupGeneration)
        let group = isGrouped ? subscriptions.groups[Int(delivery.group)].id : 0
        let isOnDiskAlone = delivery.row.isOnDiskAlone
        return StoredDelivery(
            order: delivery.row.order, message: state == .released ? 0 : messages[delivery.message].id,
            qos: delivery.qos, retain: delivery.retain, state: state, packetIdentifier: identifier,
            group: group, subscriptionIdentifiers: identifiers, isOnDiskAlone: isOnDiskAlone,
            size: isOnDiskAlone ? messages[delivery.message].count : 0)
    }

    /// Removes a delivery's row, unless it was never written.
    private mutating func removeRowAlone(_ delivery: Delivery, owner: Int64) {
        if !gathering.cancel(delivery.row.mark) || !delivery.row.isFirst {
            _ = gathering.add(.removeDelivery(owner: owner, order: delivery.row.order), .idle)
        }
    }

    /// A delivery is over; its owner may be a session or a group.
    mutating func end(_ delivery: Delivery, owner: Int64) {
        if delivery.row.order != 0 {
            removeRowAlone(delivery, owner: owner)
            if delivery.row.usesMessage { disuseMessageRow(delivery.message) }
        }
        releaseMessage(delivery.message)
    }

    mutating func end(_ delivery: Delivery, _ session: Int) { end(delivery, owner: sessions[session].id) }

    /// An exchange is over whose message went before, with PUBREC.
    mutating func endReleased(_ delivery: Delivery, _ session: Int) {
        if delivery.row.order != 0 { removeRowAlone(delivery, owner: sessions[session].id) }
    }

    /// A delivery is over because its owner is, whose rows go all together.
    mutating func endWithOwner(_ delivery: Delivery) {
        if delivery.row.order != 0 {
            _ = gathering.cancel(delivery.row.mark)
            if delivery.row.usesMessage { disuseMessageRow(delivery.message) }
        }
        releaseMessage(delivery.message)
    }

    /// Moves a delivery from one owner to another. The message's row outlives the change: it is used by
    /// `body`'s new row before the old one goes.
    mutating func move(
        _ delivery: Delivery, from owner: Int64, to body: (inout Self, Delivery) -> Void
    ) {
        var moved = delivery
        moved.row = DeliveryRow()
        retainMessage(delivery.message)
        body(&self, moved)
        if delivery.row.order != 0 {
            removeRowAlone(delivery, owner: owner)
            if delivery.row.usesMessage { disuseMessageRow(delivery.message) }
        }
        releaseMessage(delivery.message)
    }

    /// Saves the row of a delivery that a session has just got, if the session is stored.
    mutating func saveQueued(_ delivery: inout Delivery, _ session: Int) {
        guard isDurable, sessions[session].id != 0, delivery.qos != .atMostOnce,
            messages[delivery.message].durability != .memory
        else { return }
        let order = sessions[session].nextOrder
        sessions[session].nextOrder += 1
        saveRow(&delivery, owner: sessions[session].id, order: order, .queued, 0)
    }

    // MARK: Rows of sessions

    /// Saves a session's own row, as it is now.
    mutating func saveSession(_ session: Int, _ urgency: StoreGatherer.Urgency) {
        guard isDurable else { return }
        guard sessions[session].id != 0 else {
            saveWillAlone(session)
            return
        }
        _ = gathering.cancel(sessions[session].mark)
        let expiresAt =
            sessions[session].expiryInterval == .max ? nil : wallClock(sessions[session].expiresAt)
        let will = sessions[session].will
        let stored = StoredSession(
            id: sessions[session].id, clientIdentifier: sessions[session].clientIdentifier,
            userName: sessions[session].userName, version: sessions[session].version,
            expiryInterval: sessions[session].expiryInterval, expiresAt: expiresAt, will: will?.will,
            willDueAt: wallClock(will?.dueAt))
        sessions[session].mark = gathering.add(.saveSession(stored), urgency)
    }

    /// The will of a session that is not stored: nobody waits for it, but the next broker publishes it. Its row is
    /// that of a session that ends with its connection.
    private mutating func saveWillAlone(_ session: Int) {
        guard let pending = sessions[session].will, pending.row == 0 else { return }
        pending.row = nextStoreID()
        let stored = StoredSession(
            id: pending.row, clientIdentifier: sessions[session].clientIdentifier,
            userName: sessions[session].userName, version: sessions[session].version, expiryInterval: 0,
            expiresAt: nil, will: pending.will, willDueAt: nil)
        pending.mark = gathering.add(.saveSession(stored), .idle)
    }

    /// The will is no more: it is published, or not wanted.
    mutating func forgetWill(_ session: Int) {
        guard let pending = sessions[session].will else { return }
        sessions[session].will = nil
        guard pending.row != 0, !gathering.cancel(pending.mark) else { return }
        _ = gathering.add(.removeSession(pending.row), .idle)
    }

    mutating func nextStoreID() -> Int64 {
        // No two shards give the same number, and each number says who gave it.
        guard !isAlone else {
            lastStoreID += 1
            return lastStoreID
        }
        let step = Int64(ShardPlace.maximumCount)
        lastStoreID = (lastStoreID / step + 1) * step + Int64(siblings.place.index)
        return lastStoreID
    }
}
