import MQTTCodec
import NIOCore

extension Shard {
    /// PUBLISH from a client, section 3.3: the hot path.
    mutating func receivedPublish(
        _ frame: Frame, _ bytes: Span<UInt8>, _ buffer: borrowing ByteBuffer, _ connection: Int
    ) throws(WireError) -> Progress {
        let header = try PublishHeader(decoding: bytes, frame, version: connections[connection].version)
        if header.qos > configuration.offer.maximumQoS {
            disconnect(connection, .qosNotSupported, detail: "the QoS is above the Maximum QoS")
            return .done
        }
        if header.retain && !configuration.offer.retainAvailable {
            disconnect(connection, .retainNotSupported, detail: "retained messages are not available")
            return .done
        }
        guard header.topicAlias != 0 else {
            return try publish(header, topic: bytes.extracting(header.topic), bytes, buffer, connection)
        }
        let topic = try resolve(header.topicAlias, bytes.extracting(header.topic), connection)
        return try publish(header, topic: topic.span, bytes, buffer, connection)
    }

    /// The topic that an alias stands for; a topic beside it gives it its meaning, for this connection alone
    /// [MQTT-3.3.2-7].
    private mutating func resolve(
        _ alias: UInt16, _ topic: Span<UInt8>, _ connection: Int
    ) throws(WireError) -> [UInt8] {
        let maximum = Int(configuration.offer.topicAliasMaximum)
        guard Int(alias) <= maximum else { throw .invalidTopicAlias }
        if connections[connection].incomingAliases.isEmpty {
            connections[connection].incomingAliases = Array(repeating: [], count: maximum + 1)
        }
        if topic.count > 0 {
            guard topic.isTopicName else { throw .invalidTopicName }
            connections[connection].incomingAliases[Int(alias)] = MQTTString(copying: topic).bytes
        }
        let known = connections[connection].incomingAliases[Int(alias)]
        guard !known.isEmpty else { throw .unknownTopicAlias }
        return known
    }

    @inline(__always)
    private mutating func publish(
        _ header: PublishHeader, topic: Span<UInt8>, _ bytes: Span<UInt8>, _ buffer: borrowing ByteBuffer,
        _ connection: Int
    ) throws(WireError) -> Progress {
        let session = connections[connection].session
        if header.qos == .exactlyOnce && sessions[session].received.contains(header.packetIdentifier) {
            // Sent again before it was released: answered again, never delivered again [MQTT-4.3.3-10].
            countReceived(header, bytes)
            if isAllStored {
                connections[connection].repeatedPublishes = PacketIdentifierSet()
            } else if !connections[connection].repeatedPublishes.insert(header.packetIdentifier) {
                return .done
            }
            if !isAlone { fence(connection) }
            answer(
                .pubrec, header.packetIdentifier, .success, to: connection, isAllStored ? .none : .batch,
                given: siblings.given)
            return .done
        }
        let route = try route(for: topic)
        if let refused = topicBoundRefusal(topic) { return refuse(header, topic, refused, bytes, connection) }
        switch permissionToPublish(topic, route, header.qos, retain: header.retain, connection) {
        case .allowed: break
        case .asked: return .held
        case .denied: return refuse(header, topic, .notAuthorized, bytes, connection)
        }
        switch admit(header, route, topic, payload: header.payload.count, connection) {
        case .admitted: break
        case .held: return .held
        case .refused: return refuse(header, topic, .quotaExceeded, bytes, connection, .queueFull)
        case .unstorable:
            return refuse(header, topic, storeTroubleReason ?? .quotaExceeded, bytes, connection, .unstorable)
        case .retainedFull: return refuse(header, topic, .quotaExceeded, bytes, connection, .retainedFull)
        }
        if header.qos == .exactlyOnce {
            guard sessions[session].received.count < receiveMaximum(connection) else {
                disconnect(
                    connection, .receiveMaximumExceeded, detail: "more QoS 2 messages than Receive Maximum")
                return .done
            }
            _ = sessions[session].received.insert(header.packetIdentifier)
            if isDurable && sessions[session].id != 0 { saveReceived(header.packetIdentifier, session) }
        }
        countReceived(header, bytes)
        if !isAlone { beginPassing(header, connection) }
        let isMatched = spread(header, topic, bytes, buffer, route, from: session)
        if header.qos != .atMostOnce {
            let reason: ReasonCode = isMatched ? .success : .noMatchingSubscribers
            let type: PacketType = header.qos == .atLeastOnce ? .puback : .pubrec
            answer(
                type, header.packetIdentifier, reason, to: connection, isBlocking ? .batch : wait,
                given: siblings.given)
        }
        siblings.creditor = nil
        isBlocking = false
        return .done
    }

    /// The identifier of a QoS 2 message is stored before the message goes anywhere: else its resend after a
    /// crash would go out a second time.
    private mutating func saveReceived(_ packetIdentifier: UInt16, _ session: Int) {
        let owner = sessions[session].id
        _ = gathering.add(.saveReceived(session: owner, packetIdentifier: packetIdentifier), .firm)
        isBlocking = true
    }

    @inline(__always)
    private mutating func spread(
        _ header: PublishHeader, _ topic: Span<UInt8>, _ bytes: Span<UInt8>, _ buffer: borrowing ByteBuffer,
        _ route: Int, from session: Int
    ) -> Bool {
        let payload = bytes.extracting(header.payload)
        let expiry = expiry(of: header.messageExpiryInterval)
        let slice =
            payload.count < Outbox.sliceThreshold
            ? nil : SlicablePayload(buffer: copy buffer, range: header.payload)
        guard let range = header.forwardedProperties.contiguous else {
            var properties: [UInt8] = []
            header.forwardedProperties.forEach { range in
                for index in range { properties.append(bytes[index]) }
            }
            let view = MessageView(
                topic: topic, properties: properties.span, payload: payload, qos: header.qos,
                retain: header.retain,
                expiresAt: expiry)
            return publish(view, slice, route, from: session)
        }
        let view = MessageView(
            topic: topic, properties: bytes.extracting(range), payload: payload, qos: header.qos,
            retain: header.retain, expiresAt: expiry)
        return publish(view, slice, route, from: session)
    }

    /// When a message expires that comes now with this Message Expiry Interval.
    func expiry(of interval: UInt32?) -> Instant? {
        let limit = configuration.limits.messageExpiryInterval
        guard let seconds = interval.map({ limit > 0 ? min($0, limit) : $0 }) ?? (limit > 0 ? limit : nil)
        else {
            return nil
        }
        return now.advanced(seconds: Int64(seconds))
    }

    private func receiveMaximum(_ connection: Int) -> Int {
        // Before 5.0 clients are told no Receive Maximum; packet identifiers bound them.
        connections[connection].version == .v5 ? Int(configuration.offer.receiveMaximum) : 65_535
    }

    private mutating func countReceived(_ header: PublishHeader, _ bytes: Span<UInt8>) {
        counters.publishesReceived.count(header.qos)
        counters.publishBytesReceived += UInt64(header.payload.count)
    }

    /// A publish that is not accepted. 5.0 has a code for it; before, the message is acknowledged and lost,
    /// counted and reported [MQTT-3.1.1/3.3.5-2]: closing would only make the client send it again.
    private mutating func refuse(
        _ header: PublishHeader, _ topic: Span<UInt8>, _ reason: ReasonCode, _ bytes: Span<UInt8>,
        _ connection: Int, _ drop: DropReason = .notAuthorized
    ) -> Progress {
        let session = connections[connection].session
        countReceived(header, bytes)
        if connections[connection].version != .v5 && reason == .quotaExceeded && header.qos != .atMostOnce {
            disconnect(connection, reason, detail: "there is no room for the message")
            return .done
        }
        let name = MQTTString(copying: topic)
        report(.publishRefused(client(of: session), topic: name, reason))
        countDrop(session, drop)
        switch header.qos {
        case .atMostOnce: break
        case .atLeastOnce: answer(.puback, header.packetIdentifier, reason, to: connection)
        case .exactlyOnce:
            // Before 5.0 the exchange goes on to its end; PUBREL has to find its identifier.
            if connections[connection].version != .v5 {
                _ = sessions[session].received.insert(header.packetIdentifier)
            }
            answer(.pubrec, header.packetIdentifier, reason, to: connection)
        }
        return .done
    }

    // MARK: Routes

    /// The route of a topic; a topic that has none yet is validated first.
    @inline(__always)
    mutating func route(for topic: Span<UInt8>) throws(WireError) -> Int {
        if let route = routes.find(topic), routes.isFresh(route) {
            counters.routeHits += 1
            return route
        }
        return try makeRoute(for: topic)
    }

    private mutating func makeRoute(for topic: Span<UInt8>) throws(WireError) -> Int {
        guard topic.isTopicName else { throw topic.isMQTTString ? .invalidTopicName : .invalidString }
        counters.routeMisses += 1
        var route = Route(topic, in: subscriptions, generation: routes.generation)
        route.durability = configuration.durability(topic)
        if !isAlone {
            route.interest = siblings.interest.matching(topic)
            route.shares = siblings.shares.matching(topic)
        }
        if ports.authorizer?.filtersMessages == true {
            leaveOutUnauthorized(&route, MQTTString(copying: topic))
        }
        return routes.store(route, for: topic)
    }

    /// Bounds on topics that clients publish to, and `$SYS`, which is the broker's own.
    func topicRefusal(_ topic: Span<UInt8>) -> ReasonCode? {
        if let refusal = topicBoundRefusal(topic) { return refusal }
        return topic.topicLevelCount > configuration.limits.topicLevels ? .topicNameInvalid : nil
    }

    @inline(__always)
    private func topicBoundRefusal(_ topic: Span<UInt8>) -> ReasonCode? {
        if topic.count > configuration.limits.topicLength { return .topicNameInvalid }
        if topic.count >= 4 && topic[0] == UInt8(ascii: "$") && SystemTopics.owns(topic) {
            return .notAuthorized
        }
        if topic.count > configuration.limits.topicLevels
            && topic.topicLevelCount > configuration.limits.topicLevels
        {
            return .topicNameInvalid
        }
        return nil
    }
}
