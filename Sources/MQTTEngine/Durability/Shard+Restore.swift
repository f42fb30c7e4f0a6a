import DequeModule
import MQTTCodec

extension Shard {
    /// Begins with what was stored: every session that was connected counts as disconnected now. Before any
    /// other event.
    public mutating func restore(_ stored: StoredState) {
        let (state, joins, moved) = stored.joiningGroups()
        var byID: [Int64: Int] = [:]
        let share = RestoreShare(state, moved: moved, siblings)
        for stored in state.sessions {
            lastStoreID = max(lastStoreID, stored.id)
            if !isAlone && home(of: stored.clientIdentifier) == siblings.place.index {
                siblings.directory.restored(
                    stored.clientIdentifier, owner: siblings.giver(of: stored.id))
            }
            if share.isOwn(owner: stored.id) { byID[stored.id] = restore(stored) }
        }
        var groups: [Int64: Int] = [:]
        for join in joins {
            lastStoreID = max(lastStoreID, join.from)
            guard let (_, filter) = state.groups.first(where: { $0.id == join.into }),
                share.isOwn(group: filter)
            else { continue }
            _ = gathering.add(
                .joinGroups(from: join.from, into: join.into, offset: join.offset), .firm)
        }
        var replays: [(Int, StoredSubscription)] = []
        for (owner, stored) in state.subscriptions {
            guard let session = byID[owner], let filter = try? TopicFilter(stored.filter) else { continue }
            restore(stored, filter, session)
            if stored.isReplaying { replays.append((session, stored)) }
        }
        for (id, string) in state.groups {
            lastStoreID = max(lastStoreID, id)
            guard share.isOwn(group: string) else { continue }
            guard let filter = try? TopicFilter(string), let group = subscriptions.group(of: filter) else {
                _ = gathering.add(.removeGroup(id, deliveriesThrough: .min), .idle)
                continue
            }
            subscriptions.groups[group].id = id
            groups[id] = group
        }
        for join in joins { groups[join.from] = groups[join.into] }
        for (owner, identifier) in state.received {
            if let session = byID[owner] { _ = sessions[session].received.insert(identifier) }
        }
        restoreMessages(state, byID, groups, share)
        saveNewGroups()
        for stored in state.queues where share.isOwn(owner: stored.owner) {
            restore(stored, byID, groups)
            guard let group = groups[stored.owner], joins.contains(where: { $0.into == stored.owner }) else {
                continue
            }
            subscriptions.groups[group].pending.disk.arrive(gathering.number)
        }
        for (session, stored) in replays {
            guard let filter = try? TopicFilter(stored.filter) else { continue }
            startReplay(filter, stored.options, isNew: true, Int(stored.identifier), session)
        }
    }

    private mutating func restore(_ stored: StoredSession) -> Int {
        lastStoreID = max(lastStoreID, stored.id)
        var restored = Session(
            clientIdentifier: stored.clientIdentifier, version: stored.version,
            expiryInterval: stored.expiryInterval)
        restored.id = stored.id
        restored.userName = stored.userName
        let session = sessions.insert(restored)
        clientIdentifiers.set(stored.clientIdentifier.bytes.span, UInt32(session))
        counters.sessions += 1
        storedSessions += 1
        let generation = sessions.generation(of: session)
        if stored.expiryInterval == .max {
            sessions[session].expiresAt = Instant(milliseconds: .max)
        } else {
            let end = instant(stored.expiresAt) ?? now.advanced(seconds: Int64(stored.expiryInterval))
            sessions[session].expiresAt = end
            deadlines.add(.sessionExpiry, at: end, slot: session, generation: generation)
        }
        if let will = stored.will {
            let delay = min(will.properties.willDelayInterval ?? 0, stored.expiryInterval)
            let pending = PendingWill(will)
            let due = instant(stored.willDueAt) ?? now.advanced(seconds: Int64(delay))
            pending.dueAt = due
            sessions[session].will = pending
            deadlines.add(.will, at: due, slot: session, generation: generation)
        }
        // The deadlines of what was connected run from now on, also through another crash.
        saveSession(session, .firm)
        return session
    }

    private mutating func restore(_ stored: StoredSubscription, _ filter: TopicFilter, _ session: Int) {
        _ = addSubscription(filter, stored.options, stored.identifier, session)
    }

    /// A shared subscription whose row another shard has needs one of its own here.
    private mutating func saveNewGroups() {
        guard !isAlone else { return }
        for group in subscriptions.groups.places where subscriptions.groups.isTaken(group) {
            guard subscriptions.groups[group].id == 0 else { continue }
            subscriptions.groups[group].id = nextStoreID()
            let filter = subscriptions.filter(ofGroup: group)
            _ = gathering.add(
                .saveGroup(subscriptions.groups[group].id, filter: filter), .firm)
        }
    }

    private mutating func restoreMessages(
        _ state: StoredState, _ byID: [Int64: Int], _ groups: [Int64: Int], _ share: RestoreShare
    ) {
        lastStoreID = max(lastStoreID, state.lastMessage)
        var messagesByID: [Int64: Int] = [:]
        for stored in state.messages {
            lastStoreID = max(lastStoreID, stored.id)
            guard share.isUsedHere(stored.id) || share.isUnused(stored.id) else { continue }
            let message = Message(stored, expiresAt: instant(stored.expiresAt))
            counters.storedMessages += 1
            counters.storedBytes += message.count
            let place = messages.insert(message)
            messagesByID[stored.id] = place
            if !state.queues.isEmpty || !isAlone {
                // Which of them queues on the disk, or other shards, refer to is found out when they are read, or
                // the others have written rows of their own.
                messages[place].isAwaitedOnDisk = true
                makeFindable(place)
            }
        }
        for (topic, id) in state.retained {
            let isStored = isAlone || siblings.isHome(of: topic.bytes.span)
            guard let message = messagesByID[id] else {
                // The store has lost it.
                if isStored {
                    _ = gathering.add(.removeRetained(topic: topic), .idle)
                    countDrop(topic, .damaged)
                }
                continue
            }
            messages[message].references += 1
            if isStored {
                if renumber(message) {
                    useMessageRow(message, .firm)
                    let row = StoreOperation.saveRetained(topic: topic, message: messages[message].id)
                    _ = gathering.add(row, .firm)
                } else {
                    messages[message].rows += 1
                }
            }
            _ = retained.set(topic.bytes.span, RetainedMessages.Kept(message: message, isStored: isStored))
            counters.retainedBytes += messages[message].count
            if let expiresAt = messages[message].expiresAt,
                let (entry, mark) = retained.mark(at: topic.bytes.span)
            {
                deadlines.add(.retainedExpiry, at: expiresAt, slot: entry, generation: mark)
            }
        }
        counters.retainedMessages = retained.count
        for (owner, stored) in state.deliveries where share.isOwn(owner: owner) {
            restore(stored, owner, byID, groups, messagesByID)
        }
        for (id, message) in messagesByID where messages[message].references > 0 && !isAlone {
            // What is retained here and stored by its home alone: whoever needs a row gives it one.
            guard messages[message].rows == 0 && messages[message].id == id else { continue }
            // That of another shard may be the one that its home keeps: it is nobody else's to write or remove.
            if !forgetForeignNumber(of: message) { messages[message].isRowGivenUp = true }
        }
        for (id, message) in messagesByID where messages[message].references == 0 {
            if share.isUnused(id) && siblings.giver(of: id) == siblings.place.index {
                _ = gathering.add(.removeMessageUnlessAwaited(id), .idle)
            }
            forget(message)
        }
    }

    private mutating func restore(_ stored: StoredQueue, _ byID: [Int64: Int], _ groups: [Int64: Int]) {
        if let session = byID[stored.owner] {
            sessions[session].queue.restore(stored)
            sessions[session].nextOrder = max(sessions[session].nextOrder, stored.through + 1)
            measureRoom(session)
        } else if let group = groups[stored.owner] {
            if subscriptions.groups[group].pending.isEmpty { pendingGroups += 1 }
            subscriptions.groups[group].pending.restore(stored)
            subscriptions.groups[group].nextOrder = max(
                subscriptions.groups[group].nextOrder, stored.through + 1)
        } else {
            lastStoreID = max(lastStoreID, stored.owner)
            removeLater(EndedQueue(owner: stored.owner, DiskQueue(stored)))
            return
        }
        counters.queuedMessages += stored.count
        counters.queuedOnDisk += stored.count
    }

    private mutating func use(_ message: Int) {
        messages[message].references += 1
        messages[message].rows += 1
    }

    private mutating func restore(
        _ stored: StoredDelivery, _ owner: Int64, _ byID: [Int64: Int], _ groups: [Int64: Int],
        _ messagesByID: [Int64: Int]
    ) {
        let message = messagesByID[stored.message] ?? -1
        guard message >= 0 || stored.state == .released else {
            // The store has lost it.
            _ = gathering.add(.removeDelivery(owner: owner, order: stored.order), .idle)
            if let session = byID[owner] { countDrop(session, .damaged) }
            return
        }
        var delivery = Delivery(message: message, qos: stored.qos, retain: stored.retain)
        for identifier in stored.subscriptionIdentifiers { delivery.identifiers.add(identifier) }
        delivery.row.order = stored.order
        delivery.row.isOnDiskAlone = stored.isOnDiskAlone
        if let group = groups[stored.group] ?? groups[owner] {
            delivery.group = Int32(group)
            delivery.groupGeneration = subscriptions.groups.generation(of: group)
        }
        if message >= 0 {
            if renumber(message) {
                messages[message].references += 1
                rewrite(&delivery, owner: owner, stored.state, stored.packetIdentifier)
            } else {
                use(message)
            }
        }
        if let group = groups[owner] {
            if subscriptions.groups[group].pending.isEmpty { pendingGroups += 1 }
            subscriptions.groups[group].pending.append(delivery, size: messages[message].count)
            subscriptions.groups[group].nextOrder = max(
                subscriptions.groups[group].nextOrder, stored.order + 1)
            subscriptions.groups[group].previousOrder = min(
                subscriptions.groups[group].previousOrder, stored.order - 1)
            counters.queuedMessages += 1
        } else if let session = byID[owner] {
            sessions[session].nextOrder = max(sessions[session].nextOrder, stored.order + 1)
            switch stored.state {
            case .queued:
                sessions[session].queue.append(delivery, size: messages[message].count)
                counters.queuedMessages += 1
            case .published, .released:
                let state: InFlightWindow.State = stored.state == .published ? .published : .released
                sessions[session].inFlight.restore(delivery, stored.packetIdentifier, state)
                counters.inFlightMessages += 1
            }
        } else if message >= 0 {
            _ = gathering.add(.removeDelivery(owner: owner, order: stored.order), .idle)
            messages[message].references -= 1
            messages[message].rows -= 1
        }
    }

    /// To be called on one shard of several when all have stored what they have made of what was stored: what they
    /// gave new numbers, and what a crash has left between two of them, is not referred to any more.
    public mutating func sweepStore() { _ = gathering.add(.removeUnusedMessages, .idle) }

    /// Makes a message forget a number that another shard gave: its rows are written anew. Whether it has one.
    ///
    /// The message may be renumbered already, and its other uses follow.
    private mutating func renumber(_ message: Int) -> Bool {
        guard !isAlone else { return false }
        if forgetForeignNumber(of: message) { messages[message].isRenumbered = true }
        return messages[message].isRenumbered
    }

    /// Whether it had one. Only the shard that gave a number removes its row.
    private mutating func forgetForeignNumber(of message: Int) -> Bool {
        guard siblings.giver(of: messages[message].id) != siblings.place.index else { return false }
        if messages[message].isFindable {
            awaited.remove(message, in: messages)
            messages[message].isFindable = false
        }
        messages[message].id = 0
        messages[message].isAwaitedOnDisk = false
        return true
    }

    /// A delivery's row speaks of another row of its message from now on.
    mutating func rewrite(
        _ delivery: inout Delivery, owner: Int64, _ state: StoredDelivery.State, _ identifier: UInt16
    ) {
        useMessageRow(delivery.message, .firm)
        saveRow(&delivery, owner: owner, order: delivery.row.order, state, identifier)
    }
}
