import MQTTCodec
import NIOCore

extension Shard {
    /// A connection has ended without DISCONNECT 0x00: its will comes due after its delay, or with the end of
    /// the session, whichever is first [MQTT-3.1.2-8].
    mutating func scheduleWill(_ session: Int) {
        guard let pending = sessions[session].will else { return }
        let delay = pending.will.properties.willDelayInterval ?? 0
        guard delay > 0 else {
            publishWill(session)
            return
        }
        let due = now.advanced(seconds: Int64(min(delay, sessions[session].expiryInterval)))
        pending.dueAt = due
        deadlines.add(.will, at: due, slot: session, generation: sessions.generation(of: session))
    }

    /// The delay has passed, unless a new connection took the will away.
    mutating func willDue(_ session: Int) {
        guard let due = sessions[session].will?.dueAt, due <= now else { return }
        publishWill(session)
    }

    /// Publishes a will and forgets it [MQTT-3.1.2-10].
    mutating func publishWill(_ session: Int) {
        guard let pending = sessions[session].will else { return }
        let will = pending.will
        let isStored = isDurable && (sessions[session].id != 0 || pending.row != 0)
        forgetWill(session)
        // Its publication and its removal are one batch.
        saveSession(session, .firm)
        let identifier = sessions[session].clientIdentifier
        // Rights may have changed since CONNECT; a question that takes time can no longer be asked.
        if let authorizer = ports.authorizer {
            let request = AccessRequest(
                operation: .publish(topic: will.topic, qos: will.qos, retain: will.retain),
                clientIdentifier: identifier, userName: sessions[session].userName,
                peer: Peer(address: "", listener: ""), credentials: sessions[session].credentials)
            if authorizer.decision(request) == .deny {
                countDrop(session, .notAuthorized)
                return
            }
        }
        // Nobody is there to be refused: without room to be retained, it goes to subscribers alone.
        let isRetained = will.retain && hasRoomToRetain(will.topic.bytes.span, will.payload.count)
        if will.retain && !isRetained { countDrop(session, .retainedFull) }
        var properties = will.properties
        // Will Delay Interval is no property of PUBLISH.
        properties.willDelayInterval = nil
        publish(
            Publish(
                topicName: will.topic, payload: ByteBuffer(bytes: will.payload), qos: will.qos,
                retain: isRetained, packetIdentifier: 1, properties: properties),
            from: session, isStored: isStored)
        report(.willPublished(clientIdentifier: identifier, topic: will.topic))
    }

    /// Publishes what the broker itself has to say, in the way of every other message.
    ///
    /// - Parameters:
    ///   - publisher: the session that No Local looks at; -1: none.
    ///   - isStored: whether the store has it, and loses it in the batch that is being gathered: then what it brings about
    ///     elsewhere has to be stored together with that.
    mutating func publish(_ packet: Publish, from publisher: Int, isStored: Bool = false) {
        var buffer = ByteBuffer()
        packet.encode(into: &buffer, version: .v5)
        publishEncoded(buffer, from: publisher, isStored)
    }

    private mutating func publishEncoded(
        _ buffer: borrowing ByteBuffer, from publisher: Int, _ isStored: Bool
    ) {
        let bytes = buffer.readableBytesUInt8Span
        guard case .frame(let frame)? = try? FrameReader.next(in: bytes, from: 0, maximumPacketSize: .max),
            let header = try? PublishHeader(decoding: bytes, frame, version: .v5),
            let route = try? route(for: bytes.extracting(header.topic))
        else { return }
        // They need not stand together: a Message Expiry Interval between them is not forwarded as it is.
        var properties: [UInt8] = []
        header.forwardedProperties.forEach { range in
            for index in range { properties.append(bytes[index]) }
        }
        let view = MessageView(
            topic: bytes.extracting(header.topic), properties: properties.span,
            payload: bytes.extracting(header.payload), qos: header.qos, retain: header.retain,
            expiresAt: publisher < 0 ? nil : expiry(of: header.messageExpiryInterval))
        if !isAlone {
            siblings.publisher = .nobody
            siblings.publisher.shard = UInt8(siblings.place.index)
            // Who keeps quiet begins nothing that others would have to wait for.
            isBlocking = isStored && !siblings.rounds.isQuiet
            siblings.creditor = isBlocking ? siblings.publisher.binding : nil
            siblings.given = 0
            siblings.stamp = header.retain ? siblings.stamps.next(siblings.place.index) : 0
        }
        _ = publish(view, nil, route, from: publisher)
        siblings.creditor = nil
        isBlocking = false
    }
}
