import MQTTCodec

extension Shard {
    /// RETAIN was set: the message takes the place of the one before, or an empty one removes it
    /// [MQTT-3.3.1-5, -6, -7].
    mutating func retain(_ view: borrowing MessageView, _ message: inout Int) {
        guard configuration.offer.retainAvailable else { return }
        guard isAlone || isLatest(view) else { return }
        let before: RetainedMessages.Kept?
        let isStored =
            isDurable && (isAlone || siblings.isHome(of: view.topic))
            && !(view.topic.count >= 4 && SystemTopics.owns(view.topic)) && messageDurability != .memory
        let topic = isDurable ? MQTTString(copying: view.topic) : ""
        if view.payload.count == 0 {
            before = retained.remove(view.topic)
            if let before, before.isStored {
                _ = gathering.add(
                    .removeRetained(topic: topic), view.qos == .atMostOnce ? .idle : .firm, messageDurability)
                hasRetained = true
            }
        } else {
            if message < 0 { message = keep(view) }
            retainMessage(message)
            counters.retainedBytes += messages[message].count
            before = retained.set(
                view.topic, RetainedMessages.Kept(message: message, isStored: isStored, stamp: siblings.stamp)
            )
            if isStored {
                useMessageRow(message, view.qos == .atMostOnce ? .idle : .firm)
                let row = StoreOperation.saveRetained(topic: topic, message: messages[message].id)
                _ = gathering.add(row, view.qos == .atMostOnce ? .idle : .firm, messageDurability)
                hasRetained = true
            } else if let before, before.isStored {
                // What was promised of the one before is over.
                _ = gathering.add(.removeRetained(topic: topic), .idle)
            }
            if let expiresAt = view.expiresAt, let (entry, mark) = retained.mark(at: view.topic) {
                deadlines.add(.retainedExpiry, at: expiresAt, slot: entry, generation: mark)
            }
        }
        if let before { forgetRetained(before) }
        counters.retainedMessages = retained.count
    }

    /// Whether no later change of what is retained at the topic has come already, from another shard.
    private mutating func isLatest(_ view: borrowing MessageView) -> Bool {
        let topic = MQTTString(copying: view.topic)
        let known = retained.stamp(at: view.topic) ?? siblings.stamps.removal(of: topic) ?? 0
        guard siblings.stamp > known else { return false }
        if view.payload.count > 0 {
            siblings.stamps.set(topic)
        } else if siblings.stamps.remove(topic, siblings.stamp, siblings: siblings.place.count - 1) {
            siblings.tellAll(.clockWanted)
        }
        return true
    }

    private mutating func forgetRetained(_ kept: RetainedMessages.Kept) {
        counters.retainedBytes -= messages[kept.message].count
        counters.retainedMessages = retained.count
        if kept.isStored { disuseMessageRow(kept.message) }
        releaseMessage(kept.message)
    }

    /// Removes the message of an entry whose expiry has passed.
    private mutating func expireRetained(_ entry: Int) {
        let kept = retained.remove(entry: entry)
        if kept.isStored {
            let topic = MQTTString(copying: messages[kept.message].view.topic)
            _ = gathering.add(.removeRetained(topic: topic), .idle)
        }
        forgetRetained(kept)
    }

    /// A retained message's expiry has passed, unless another took its place.
    mutating func retainedExpiryDue(_ entry: Int, _ mark: UInt32) {
        guard let message = retained.message(of: entry, mark: mark), messages[message].isExpired(at: now)
        else {
            return
        }
        expireRetained(entry)
    }

    /// Whether the bounds on retained messages leave room for one more.
    func hasRoomToRetain(_ topic: Span<UInt8>, _ payload: Int) -> Bool {
        let limits = configuration.limits
        guard payload > 0 else { return true }
        // What nobody waits for must not pile up while the store does not work.
        guard storeTrouble == nil || gathering.bytes <= limits.storeBacklog else { return false }
        let size = topic.count + payload
        let isReplacing = retained.message(at: topic) != nil
        return !isDiskFull && (isReplacing || retained.count < limits.retainedMessages)
            && counters.retainedBytes + size <= limits.retainedBytes
    }

    /// A subscription was made: its retained messages are sent, if Retain Handling says so
    /// [MQTT-3.3.1-9, -10, -11]. A shared one gets none.
    mutating func startReplay(
        _ filter: TopicFilter, _ options: SubscriptionOptions, isNew: Bool, _ identifier: Int, _ session: Int
    ) {
        guard configuration.offer.retainAvailable, !filter.isShared else { return }
        switch options.retainHandling {
        case .sendAlways: break
        case .sendIfNew: guard isNew else { return }
        case .doNotSend: return
        }
        let pattern = Array(filter.pattern)
        let entries = retained.entries(matching: pattern.span)
        guard entries?.isEmpty != true else { return }
        // All are sent anew: what an earlier SUBSCRIBE has left over would only come twice.
        stopReplay(filter.string, session)
        var replay = RetainedReplay(filter: filter.string, retained, entries: entries, qos: options.qos)
        replay.identifiers.add(UInt32(identifier))
        if isDurable && sessions[session].id != 0 {
            // A crash must not lose the rest.
            replay.notBefore = gathering.number
            let stored = StoredSubscription(
                filter: filter.string, options: options, identifier: UInt32(identifier), isReplaying: true)
            replay.storedSubscription = stored
            _ = gathering.add(.saveSubscription(session: sessions[session].id, stored), .firm)
            waitForBatch(session)
        }
        sessions[session].replays.append(replay)
        markReady(session)
    }

    /// The subscription has ended or is made anew: nothing more is sent because of it [MQTT-3.10.4-2].
    mutating func stopReplay(_ filter: MQTTString, _ session: Int) {
        guard !sessions[session].replays.isEmpty else { return }
        sessions[session].replays.removeAll { $0.filter == filter }
    }

    /// All retained messages of a subscription were sent, or are in the session's queue.
    private mutating func finishReplay(_ replay: RetainedReplay, _ session: Int) {
        guard var stored = replay.storedSubscription, let filter = try? TopicFilter(stored.filter),
            subscriptions.find(filter, session: session) != nil
        else { return }
        stored.isReplaying = false
        _ = gathering.add(.saveSubscription(session: sessions[session].id, stored), .idle)
    }

    /// Sends retained messages as far as the client takes them and this event's share goes.
    mutating func replayRetained(_ session: Int, _ connection: Int) {
        let limits = configuration.limits
        while let replay = sessions[session].replays.first {
            guard replay.notBefore <= storedBatch else { return }
            guard replay.position < replay.end else {
                finishReplay(replay, session)
                sessions[session].replays.removeFirst()
                continue
            }
            guard connections[connection].outbox.count < limits.outgoingBytes / 2,
                sessions[session].queue.isEmpty,
                sessions[session].inFlight.count < sessions[session].inFlightMaximum
            else { return }
            guard replayBudget > 0 else {
                markReady(session)
                return
            }
            guard let index = findRetained(session) else { continue }
            if let next = retained.entry(index, notAfter: replay.asOf),
                messages[next.message].blockedUntil > storedBatch
            {
                waitForBatch(session)
                return
            }
            replayBudget -= 1
            sessions[session].replays[0].position += 1
            sendRetained(index, replay, session, connection)
        }
    }

    /// Where the next retained message of a replay is, which stands there then; nil: this share of the search, or
    /// all of it, is over.
    private mutating func findRetained(_ session: Int) -> Int? {
        let start = sessions[session].replays[0].position
        if let entries = sessions[session].replays[0].entries { return Int(entries[start]) }
        let end = sessions[session].replays[0].end
        let share = min(start + Self.searchShare, end)
        let filter = sessions[session].replays[0].filter.bytes
        let found = retained.firstEntry(from: start, to: share, matching: filter.span)
        sessions[session].replays[0].position = found
        replayBudget -= (found - start) / (Self.searchShare / 16)
        return found < share ? found : nil
    }

    /// How many places are looked at in a row; they count as sixteen messages.
    private static var searchShare: Int { 256 }

    private mutating func sendRetained(
        _ index: Int, _ replay: RetainedReplay, _ session: Int, _ connection: Int
    ) {
        guard let entry = retained.entry(index, notAfter: replay.asOf) else { return }
        guard !messages[entry.message].isExpired(at: now) else {
            expireRetained(index)
            return
        }
        guard mayReceive(entry.message, session) else { return }
        let qos = min(messages[entry.message].qos, replay.qos)
        // Retained messages carry RETAIN 1, whatever Retain As Published says.
        let delivery = Delivery(
            message: entry.message, qos: qos, retain: true, identifiers: replay.identifiers)
        if qos == .atMostOnce {
            _ = writeStored(delivery, 0, dup: false, session, connection)
        } else {
            retainMessage(entry.message)
            send(delivery, session, connection)
        }
    }
}
