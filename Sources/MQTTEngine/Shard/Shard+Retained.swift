import MQTTCodec

extension Shard {
    /// RETAIN was set: the message takes the place of the one before, or an empty one removes it
    /// [MQTT-3.3.1-5, -6, -7].
    mutating func retain(_ view: borrowing MessageView, _ message: inout Int) {
        guard configuration.offer.retainAvailable else { return }
        let before: Int?
        if view.payload.count == 0 {
            before = retained.remove(view.topic)
        } else {
            if message < 0 { message = keep(view) }
            retainMessage(message)
            counters.retainedBytes += messages[message].count
            before = retained.set(view.topic, message)
            if let expiresAt = view.expiresAt, let (entry, mark) = retained.mark(at: view.topic) {
                deadlines.add(.retainedExpiry, at: expiresAt, slot: entry, generation: mark)
            }
        }
        if let before { forgetRetained(before) }
        counters.retainedMessages = retained.count
    }

    private mutating func forgetRetained(_ message: Int) {
        counters.retainedBytes -= messages[message].count
        counters.retainedMessages = retained.count
        releaseMessage(message)
    }

    /// A retained message's expiry has passed, unless another took its place.
    mutating func retainedExpiryDue(_ entry: Int, _ mark: UInt32) {
        guard let message = retained.message(of: entry, mark: mark), messages[message].isExpired(at: now)
        else {
            return
        }
        _ = retained.remove(entry: entry)
        forgetRetained(message)
    }

    /// Whether the bounds on retained messages leave room for one more.
    func hasRoomToRetain(_ topic: Span<UInt8>, _ payload: Int) -> Bool {
        let limits = configuration.limits
        guard payload > 0 else { return true }
        let size = topic.count + payload
        let isReplacing = retained.message(at: topic) != nil
        return (isReplacing || retained.count < limits.retainedMessages)
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
        guard !entries.isEmpty else { return }
        var replay = RetainedReplay(entries: entries, asOf: retained.sequence, qos: options.qos)
        replay.identifiers.add(UInt32(identifier))
        sessions[session].replays.append(replay)
        markReady(session)
    }

    /// Sends retained messages as far as the client takes them and this event's share goes.
    mutating func replayRetained(_ session: Int, _ connection: Int) {
        let limits = configuration.limits
        while let replay = sessions[session].replays.first {
            guard replay.position < replay.entries.count else {
                sessions[session].replays.removeFirst()
                continue
            }
            guard connections[connection].outbox.count < limits.outgoingBytes / 2,
                sessions[session].queue.isEmpty,
                sessions[session].inFlight.sentCount < sessions[session].inFlightMaximum
            else { return }
            guard replayBudget > 0 else {
                markReady(session)
                return
            }
            replayBudget -= 1
            sessions[session].replays[0].position += 1
            sendRetained(Int(replay.entries[replay.position]), replay, session, connection)
        }
    }

    private mutating func sendRetained(
        _ index: Int, _ replay: RetainedReplay, _ session: Int, _ connection: Int
    ) {
        guard let entry = retained.entry(index, notAfter: replay.asOf) else { return }
        guard !messages[entry.message].isExpired(at: now) else {
            _ = retained.remove(entry: index)
            forgetRetained(entry.message)
            return
        }
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
