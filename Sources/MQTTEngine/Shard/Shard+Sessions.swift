import DequeModule
import MQTTCodec

extension Shard {
    /// A session's queue overflowed and its policy is to end it.
    mutating func endDoomed(_ session: Int) {
        // One that has gone to another shard has left its queue here behind.
        guard sessions[session].place != .departed else { return }
        let connection = sessions[session].connection
        if connection >= 0 {
            let generation = sessions.generation(of: session)
            disconnect(connection, .quotaExceeded, detail: "the queue of the session is full")
            // Where the session was not stored, it went with its connection.
            guard sessions.isCurrent(session, generation) else { return }
        }
        endSession(session, .queueFull)
    }

    /// Discards a session's state [MQTT-4.1.0-2]. Its client is away.
    mutating func endSession(_ session: Int, _ cause: SessionEndCause) {
        // The session's end is the latest moment for its will [MQTT-3.1.2-8].
        if sessions[session].will != nil { publishWill(session) }
        if sessions[session].expiresAt != nil { storedSessions -= 1 }
        discardDeliveries(session)
        if sessions[session].id != 0 {
            _ = gathering.cancel(sessions[session].mark)
            let last = endDisk(session)
            _ = gathering.add(
                .removeSession(sessions[session].id, deliveriesThrough: last), .idle)
            endedStoredSessions += 1
        }
        while let subscription = sessions[session].subscriptions.last {
            removeSubscription(Int(subscription), of: session)
        }
        if sessions[session].isFull { fullSessions -= 1 }
        let waiting = sessions[session].waiting
        sessions[session].waiting = []
        for id in waiting { release(id) }
        let identifier = sessions[session].clientIdentifier
        clientIdentifiers.remove(identifier.bytes.span)
        releaseElsewhere(session)
        sessions.remove(session)
        noteEnd(of: identifier)
        counters.sessions -= 1
        if cause == .expired { counters.sessionsExpired += 1 }
        report(.sessionEnded(clientIdentifier: identifier, cause))
    }

    /// Lets go of all that is queued or in flight. QoS 1 messages of shared subscriptions go back to their
    /// groups; QoS 2 ones that were sent do not [MQTT-4.8.2-5].
    private mutating func discardDeliveries(_ session: Int) {
        var returned: [Delivery] = []
        var gone: [Delivery] = []
        sessions[session].inFlight.forEach { entry in
            counters.inFlightMessages -= 1
            guard entry.state == .published else { return }
            if entry.delivery.group >= 0 && entry.delivery.qos == .atLeastOnce {
                returned.append(entry.delivery)
            } else {
                gone.append(entry.delivery)
            }
        }
        let inMemory = sessions[session].queue.removeAll { _ in true }
        for delivery in inMemory {
            counters.queuedMessages -= 1
            if delivery.group >= 0 { returned.append(delivery) } else { gone.append(delivery) }
        }
        sessions[session].inFlight = InFlightWindow()
        let disk = sessions[session].queue.disk
        let lost = gone.count + disk.count
        for delivery in gone {
            // What is behind the disk's part does not go with the session's row.
            if disk.isEmpty || delivery.row.order <= disk.position {
                endWithOwner(delivery)
            } else {
                end(delivery, session)
            }
        }
        if lost > 0 { countDrop(session, .sessionEnded, lost) }
        giveBack(returned, from: session)
    }

    // MARK: Messages

    /// Keeps a message, with one reference for the publish that brings it; whoever uses it adds itself with
    /// ``retainMessage(_:)``.
    mutating func keep(_ view: borrowing MessageView) -> Int {
        var message = Message(copying: view)
        message.references = 1
        message.durability = messageDurability
        counters.storedMessages += 1
        counters.storedBytes += message.count
        return messages.insert(message)
    }

    @inline(__always)
    mutating func retainMessage(_ message: Int) { messages[message].references += 1 }

    @inline(__always)
    mutating func releaseMessage(_ message: Int) {
        messages[message].references -= 1
        if messages[message].references == 0 { forget(message) }
    }

    /// Forgets a message that nobody uses.
    mutating func forget(_ message: Int) {
        counters.storedMessages -= 1
        counters.storedBytes -= messages[message].count
        if messages[message].isFindable { awaited.remove(message, in: messages) }
        messages.remove(message)
        if !storeWaiters.isEmpty && !isStoreFull {
            storeHasRoom()
        }
    }

    // MARK: Drops

    /// A client and a reason.
    public struct DropKey: Hashable, Sendable {
        public let clientIdentifier: MQTTString
        public let reason: DropReason
    }

    /// Beyond so many pairs of client and reason, further clients are only counted in ``Counters/drops``.
    private static var dropKeyLimit: Int { 100_000 }

    /// Messages that did not reach a client, since the beginning.
    public var dropCounts: [DropKey: UInt64] { dropsByClient }

    /// A message will not reach a session: it is counted, and reported together with others like it.
    mutating func countDrop(_ session: Int, _ reason: DropReason, _ count: Int = 1) {
        countDrop(sessions[session].clientIdentifier, reason, count)
    }

    mutating func countDrop(_ clientIdentifier: MQTTString, _ reason: DropReason, _ count: Int = 1) {
        counters.drops[reason.index] += UInt64(count)
        let key = DropKey(clientIdentifier: clientIdentifier, reason: reason)
        if drops[key] == nil { dropOrder.append(key) }
        drops[key, default: 0] += count
        if dropsByClient[key] != nil || dropsByClient.count < Self.dropKeyLimit {
            dropsByClient[key, default: 0] += UInt64(count)
        }
    }

    mutating func reportDrops() {
        guard !drops.isEmpty else { return }
        for key in dropOrder {
            guard let count = drops[key] else { continue }
            report(.messagesDropped(clientIdentifier: key.clientIdentifier, key.reason, count: count))
        }
        drops = [:]
        dropOrder = []
    }
}

extension DropReason {
    /// Its place in ``Counters/drops``.
    public var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
