import DequeModule
import MQTTCodec

extension Shard {
    /// Puts a delivery behind what already waits for a session, by the policy where there is no room.
    mutating func enqueue(_ delivery: Delivery, _ session: Int) {
        if sessions[session].place != .here && divert(delivery, session) { return }
        let size = messages[delivery.message].count
        if sessions[session].isDoomed {
            countDrop(session, .sessionEnded)
            return
        }
        if isOverBounds(session, adding: size) { dropExpired(session) }
        let isDiskFull = isDiskFull && messages[delivery.message].durability != .memory
        if isDiskFull || isOverBounds(session, adding: size) {
            let isOnline = sessions[session].connection >= 0
            switch isOnline ? configuration.onlineQueuePolicy : configuration.offlineQueuePolicy {
            case .holdPublishers, .rejectNewest:
                // Publishers were held or refused before; what comes now cannot be, like a will.
                break
            case .endSession:
                sessions[session].isDoomed = true
                doomed.append(session)
                countDrop(session, .sessionEnded)
                return
            case .dropOldest:
                while isOverBounds(session, adding: size), dropOldest(session) {}
                if isDiskFull { _ = dropOldest(session) }
                // What is oldest may be on the disk, and has to be read before it can be dropped.
                guard !isOverBounds(session, adding: size) || sessions[session].queue.disk.isBeingRead else {
                    countDrop(session, .queueFull)
                    return
                }
            }
        }
        if belongsOnDisk(delivery, session) {
            leaveToDisk(delivery, order: sessions[session].nextOrder, .session(session))
            sessions[session].nextOrder += 1
        } else {
            retainMessage(delivery.message)
            var delivery = delivery
            saveQueued(&delivery, session)
            if isDurable && sessions[session].connection >= 0 { mayProceed(session, delivery) }
            sessions[session].queue.append(delivery, size: size)
            counters.queuedMessages += 1
        }
        measureRoom(session)
    }

    /// Drops the oldest message of a queue; false: there is none in memory.
    mutating func dropOldest(_ session: Int) -> Bool {
        readOn(.session(session), for: session)
        guard let oldest = dequeue(session) else { return false }
        end(oldest, session)
        countDrop(session, .queueFull)
        return true
    }

    /// Takes the first delivery of a queue that is in memory.
    private mutating func dequeue(_ session: Int) -> Delivery? {
        guard let first = sessions[session].queue.first else { return nil }
        sessions[session].queue.removeFirst(size: messages[first.message].count)
        counters.queuedMessages -= 1
        return first
    }

    /// Makes room at the front of a queue where messages have outlived their expiry.
    private mutating func dropExpired(_ session: Int) {
        while let first = sessions[session].queue.first, messages[first.message].isExpired(at: now) {
            _ = dequeue(session)
            end(first, session)
            countDrop(session, .expired)
        }
        // What was read has not expired when it comes, so that this is done once.
        if sessions[session].queue.front.isEmpty { readOn(.session(session), for: session) }
    }

    func isOverBounds(_ session: Int, adding size: Int) -> Bool {
        let limits = configuration.limits
        return sessions[session].queue.count >= limits.queueMessages
            || sessions[session].queue.bytes + size > limits.queueBytes
            || isMemoryFull
    }

    /// A connected client's session got a delivery that could not be sent at once: when it can, somebody has
    /// to remember.
    private mutating func mayProceed(_ session: Int, _ delivery: Delivery) {
        if messages[delivery.message].blockedUntil > storedBatch {
            waitForBatch(session)
        }
        if delivery.qos == .exactlyOnce { markReady(session) }
    }

    /// A session took something, or can take more: what waits for it goes on before the tick ends.
    @inline(__always)
    mutating func progressed(_ session: Int) {
        sessions[session].lastProgress = now
        let hasWork =
            !sessions[session].queue.isEmpty || !sessions[session].inFlight.isAllSent
            || !sessions[session].replays.isEmpty || sessions[session].isFull
            || pendingGroups > 0 && sessions[session].sharedSubscriptions > 0
        if hasWork { markReady(session) }
    }

    @inline(__always)
    mutating func markReady(_ session: Int) {
        guard !sessions[session].isReady else { return }
        sessions[session].isReady = true
        ready.append(session)
    }

    /// Whether a client takes more messages that wait for it.
    private func hasRoom(_ session: Int, _ connection: Int) -> Bool {
        connections[connection].outbox.count < configuration.limits.outgoingBytes / 2
            && sessions[session].inFlight.sentCount < sessions[session].inFlightMaximum
    }

    /// Sends what waits for a session: first what has to be sent again, then its queue, then retained
    /// messages and what its shared subscriptions have left over.
    mutating func refill(_ session: Int) {
        let connection = sessions[session].connection
        guard connection >= 0 else {
            measureRoom(session)
            return
        }
        for identifier in sessions[session].inFlight.takeReleases(stored: storedBatch) {
            // PUBREL does not wait for any quota [MQTT-3.3.4-10].
            acknowledge(.pubrel, identifier, to: connection)
        }
        while hasRoom(session, connection),
            let entry = sessions[session].inFlight.nextToSend(stored: storedBatch)
        {
            resend(entry, session, connection)
        }
        while let next = sessions[session].queue.first, canTake(next, session, connection) {
            _ = dequeue(session)
            send(next, session, connection)
        }
        if !sessions[session].queue.disk.isEmpty { readOn(.session(session), for: session) }
        if !sessions[session].replays.isEmpty { replayRetained(session, connection) }
        if pendingGroups > 0 && sessions[session].sharedSubscriptions > 0 { takeFromGroups(session) }
        measureRoom(session)
    }

    /// Whether the packet identifier of a delivery has to be stored before its PUBLISH: after a crash it must
    /// be the same, or the receiver takes it for a new message.
    func isGated(_ delivery: Delivery, _ session: Int) -> Bool {
        isDurable && delivery.qos == .exactlyOnce && sessions[session].id != 0
    }

    /// Whether the first delivery of a queue may leave it.
    private func canTake(_ delivery: Delivery, _ session: Int, _ connection: Int) -> Bool {
        if isGated(delivery, session) {
            return sessions[session].inFlight.count < sessions[session].inFlightMaximum
        }
        return sessions[session].inFlight.isAllSent && hasRoom(session, connection)
            && messages[delivery.message].blockedUntil <= storedBatch
    }

    /// Sends a delivery that waited; its reference to the message passes to the window.
    mutating func send(_ given: Delivery, _ session: Int, _ connection: Int) {
        var delivery = given
        guard !messages[delivery.message].isExpired(at: now) else {
            // Its time passed before its delivery began [MQTT-3.3.2-5].
            end(delivery, session)
            countDrop(session, .expired)
            return
        }
        if delivery.qos == .atMostOnce {
            _ = writeStored(delivery, 0, dup: false, session, connection)
            end(delivery, session)
            return
        }
        let isGated = isGated(delivery, session)
        guard let identifier = sessions[session].inFlight.add(delivery, isUnsent: isGated) else {
            sessions[session].queue.prepend(delivery, size: messages[delivery.message].count)
            counters.queuedMessages += 1
            return
        }
        counters.inFlightMessages += 1
        if !isGated && !writeStored(delivery, identifier, dup: false, session, connection) {
            _ = sessions[session].inFlight.remove(identifier)
            counters.inFlightMessages -= 1
            end(delivery, session)
            return
        }
        saveSent(&delivery, identifier, isGated: isGated, session)
    }

    /// Saves that a delivery has its packet identifier.
    mutating func saveSent(_ delivery: inout Delivery, _ identifier: UInt16, isGated: Bool, _ session: Int) {
        guard isDurable, sessions[session].id != 0 else { return }
        // Its message is not stored, and the identifier only where it must not be given to another too early.
        let isInMemory = messages[delivery.message].durability == .memory
        if isInMemory && !isGated { return }
        // A row without a message stands in front of all others: those of a queue are a range without gaps.
        let order =
            isInMemory ? DeliveryRow.place(ofIdentifierAlone: identifier) : sessions[session].nextOrder
        if delivery.row.order == 0 && !isInMemory { sessions[session].nextOrder += 1 }
        saveRow(
            &delivery, owner: sessions[session].id, order: order, .published, identifier, isOnItsWay: !isGated
        )
        sessions[session].inFlight.update(
            identifier, isGated: isGated, delivery.row)
        if isGated { waitForBatch(session) }
    }

    /// Writes the PUBLISH of a kept message.
    mutating func writeStored(
        _ delivery: Delivery, _ identifier: UInt16, dup: Bool, _ session: Int, _ connection: Int
    ) -> Bool {
        var options = PublishOptions(
            version: connections[connection].version, qos: delivery.qos, retain: delivery.retain, dup: dup,
            packetIdentifier: identifier)
        options.identifiers = delivery.identifiers
        options.remainingExpiry = messages[delivery.message].expiresAt.map {
            UInt32(clamping: ($0.milliseconds(since: now) + 999) / 1000)
        }
        let message = messages[delivery.message]
        return write(message.view, nil, session, connection, options)
    }

    /// The client is back: what it has not acknowledged goes out again, with DUP, its identifier and in its
    /// order [MQTT-4.4.0-1], within what it now takes at a time.
    mutating func resumeDelivery(_ session: Int) {
        sessions[session].inFlight.connectionEnded()
        markReady(session)
    }

    private mutating func resend(_ entry: InFlightWindow.Entry, _ session: Int, _ connection: Int) {
        let isSent = writeStored(
            entry.delivery, entry.packetIdentifier, dup: !entry.isNew, session, connection)
        guard isSent else {
            // The client takes less than it used to: as if it had been delivered.
            _ = sessions[session].inFlight.remove(entry.packetIdentifier)
            counters.inFlightMessages -= 1
            end(entry.delivery, session)
            return
        }
    }

    // MARK: Acknowledgements from clients

    mutating func receivedPuback(_ packet: Acknowledgement, _ connection: Int) {
        let session = connections[connection].session
        guard
            let delivery = sessions[session].inFlight.finish(
                packet.packetIdentifier, .atLeastOnce, .published)
        else { return }
        counters.inFlightMessages -= 1
        end(delivery, session)
        finished(packet.reasonCode, session)
    }

    /// PUBREC: the client has the message; what is left is to release its identifier.
    mutating func receivedPubrec(_ packet: Acknowledgement, _ connection: Int) {
        let session = connections[connection].session
        guard let entry = sessions[session].inFlight.find(packet.packetIdentifier),
            entry.delivery.qos == .exactlyOnce
        else {
            if !packet.reasonCode.isFailure {
                acknowledge(.pubrel, packet.packetIdentifier, .packetIdentifierNotFound, to: connection)
            }
            return
        }
        if packet.reasonCode.isFailure {
            _ = sessions[session].inFlight.remove(packet.packetIdentifier)
            counters.inFlightMessages -= 1
            if entry.state == .published {
                end(entry.delivery, session)
            } else {
                endReleased(entry.delivery, session)
            }
            finished(packet.reasonCode, session)
            return
        }
        let isStored = entry.delivery.row.usesMessage
        let released = sessions[session].inFlight.release(packet.packetIdentifier, isUnsent: isStored)
        guard var delivery = released else {
            // PUBREC came again; where PUBREL waits for the store, it is still to come.
            if !entry.isUnsent { acknowledge(.pubrel, packet.packetIdentifier, to: connection) }
            return
        }
        if isStored {
            // That the message was handed over is stored before PUBREL: a crash must not deliver it again.
            let message = delivery.message
            saveRow(&delivery, owner: sessions[session].id, order: 0, .released, packet.packetIdentifier)
            sessions[session].inFlight.update(
                packet.packetIdentifier, isGated: true, delivery.row)
            waitForBatch(session)
            disuseMessageRow(message)
        } else {
            acknowledge(.pubrel, packet.packetIdentifier, to: connection)
        }
        releaseMessage(delivery.message)
    }

    mutating func receivedPubcomp(_ packet: Acknowledgement, _ connection: Int) {
        let session = connections[connection].session
        guard
            let delivery = sessions[session].inFlight.finish(
                packet.packetIdentifier, .exactlyOnce, .released)
        else { return }
        counters.inFlightMessages -= 1
        endReleased(delivery, session)
        finished(.success, session)
    }

    /// An exchange is over. A failure ends it like a success: the message is not sent again [MQTT-4.4.0-2],
    /// to nobody else either [MQTT-4.8.2-6].
    @inline(__always)
    private mutating func finished(_ reason: ReasonCode, _ session: Int) {
        if reason.isFailure { countDrop(session, .refusedByClient) }
        progressed(session)
    }

    /// PUBREL: the client will not send the message again, and its identifier is free.
    mutating func receivedPubrel(_ packet: Acknowledgement, _ connection: Int) {
        let session = connections[connection].session
        let isKnown = sessions[session].received.remove(packet.packetIdentifier)
        if isKnown && isDurable && sessions[session].id != 0 {
            // PUBCOMP frees the identifier; after a crash its next use must not be taken for a resend.
            let id = packet.packetIdentifier
            let removal = StoreOperation.removeReceived(session: sessions[session].id, packetIdentifier: id)
            _ = gathering.add(removal, .firm)
            promisePubcomp(id, to: connection)
            return
        }
        if !isKnown && sessions[session].id != 0 && !isAllStored {
            // PUBREL came again, as 3.1 allows: its first answer may still wait for the store.
            guard connections[connection].repeatedReleases.insert(packet.packetIdentifier) else { return }
            promisePubcomp(packet.packetIdentifier, .packetIdentifierNotFound, to: connection)
            return
        }
        if !isKnown { connections[connection].repeatedReleases = PacketIdentifierSet() }
        acknowledge(
            .pubcomp, packet.packetIdentifier, isKnown ? .success : .packetIdentifierNotFound, to: connection)
    }
}
