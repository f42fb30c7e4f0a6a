import DequeModule
import MQTTCodec
import NIOCore

extension MQTTClient {
    /// Publishes a message, and returns when its QoS is fulfilled: written to the connection at QoS 0, PUBACK at
    /// 1, PUBCOMP at 2. While there is no connection the message waits in the outbox.
    ///
    /// - Parameters:
    ///   - topic: 1 to 65,535 bytes, without wildcards.
    ///   - payload: any bytes, as many as the server takes (``ServerLimits/maximumPacketSize``).
    ///   - qos: how surely it arrives at the server.
    ///   - retain: whether the server keeps it for subscriptions to come; an empty payload removes what it keeps.
    ///   - properties: MQTT 5.0: expiry, content type, User Properties and so on.
    ///   - timeout: nil: that of the configuration.
    /// - Throws: ``ClientError``. After `timedOut`, `cancelled` and `connectionLost` the message may have
    ///   arrived.
    @discardableResult
    public func publish(
        _ topic: String, payload: ByteBuffer, qos: QoS = .atMostOnce, retain: Bool = false,
        properties: Properties = [], timeout: Duration? = nil
    ) async throws(ClientError) -> PublishOutcome {
        let receipt = try await submit(
            topic, payload: payload, qos: qos, retain: retain, properties: properties)
        return try await receipt.fulfilled(within: timeout ?? configuration.timeout)
    }

    /// Publishes text.
    @discardableResult
    public func publish(
        _ topic: String, _ text: String, qos: QoS = .atMostOnce, retain: Bool = false,
        properties: Properties = [], timeout: Duration? = nil
    ) async throws(ClientError) -> PublishOutcome {
        try await publish(
            topic, payload: ByteBuffer(string: text), qos: qos, retain: retain, properties: properties,
            timeout: timeout)
    }

    /// Hands over a message and returns at once, so that many can be on their way; they are sent in the order
    /// of these calls. Waits only while the outbox is full.
    ///
    /// - Throws: ``ClientError/outboxFull`` when it is full and there is no connection.
    public func submit(
        _ topic: String, payload: ByteBuffer, qos: QoS = .atMostOnce, retain: Bool = false,
        properties: Properties = []
    ) async throws(ClientError) -> PublishReceipt {
        let message = ApplicationMessage(
            topicName: MQTTString(topic), payload: payload, qos: qos, retain: retain, properties: properties)
        return try await submit([message])[0]
    }

    /// Hands over many messages at once, in their order: that costs much less than one after the other.
    ///
    /// - Throws: as for one message. Those before the one that it is thrown for are on their way.
    public func submit(_ messages: [ApplicationMessage]) async throws(ClientError) -> [PublishReceipt] {
        for message in messages { try check(message.packet) }
        var receipts: [PublishReceipt] = []
        receipts.reserveCapacity(messages.count)
        while receipts.count < messages.count {
            try await findRoom(for: messages.count - receipts.count)
            guard configuration.outboxStore == nil else {
                receipts.append(try await storeAndSend(messages[receipts.count].packet))
                continue
            }
            while receipts.count < messages.count, session.hasRoom {
                let receipt = PublishReceipt(completion: Completion(), token: nextToken(), client: self)
                send(messages[receipts.count].packet, receipt)
                receipts.append(receipt)
            }
            sessionChanged()
        }
        return receipts
    }

    /// Waits while the outbox is full: until there is room for so many, or for a quarter of what it can hold.
    private func findRoom(for count: Int) async throws(ClientError) {
        while true {
            switch state {
            case .idle, .disconnecting, .ended: throw .notConnected
            case .connecting, .connected, .waiting:
                if session.hasRoom { return }
                guard state == .connected else { throw .outboxFull }
                let room = Completion<Void>()
                let wanted = min(count, max(1, session.settings.outboxCapacity / 4))
                roomSeekers.append((wanted, room))
                try await room.outcome(within: configuration.timeout, on: eventLoop).get()
            }
        }
    }

    private func storeAndSend(_ packet: Publish) async throws(ClientError) -> PublishReceipt {
        let receipt = PublishReceipt(completion: Completion(), token: nextToken(), client: self)
        try await store(packet, token: receipt.token)
        // It may have ended in the meantime: then the message waits in the store.
        switch state {
        case .idle, .disconnecting, .ended: throw .notConnected
        case .connecting, .connected, .waiting: break
        }
        send(packet, receipt)
        sessionChanged()
        return receipt
    }

    private func send(_ packet: Publish, _ receipt: PublishReceipt) {
        publishes[receipt.token] = receipt.completion
        metrics.published(packet.qos)
        session.publish(packet, token: receipt.token, at: .now())
    }

    private func check(_ packet: Publish) throws(ClientError) {
        guard packet.topicName.bytes.span.isTopicName else {
            throw .invalidArgument(
                "'\(packet.topicName)' is no topic name: it has 1 to 65535 bytes, and no + or #")
        }
        try check(packet.properties, in: .publish)
    }

    /// Throws unless properties may stand in a packet and fit there.
    func check(_ properties: Properties, in type: PacketType) throws(ClientError) {
        guard !properties.isEmpty else { return }
        guard configuration.version == .v5 else {
            throw .notSupported("properties come with MQTT 5.0")
        }
        for property in properties.list {
            guard property.identifier.isAllowed(in: .packet(type)) else {
                throw .invalidArgument("the property \(property.identifier) does not belong here")
            }
            let lengths: [Int] =
                switch property {
                case .userProperty(let name, let value): [name.count, value.count]
                case .contentType(let text), .responseTopic(let text): [text.count]
                case .correlationData(let bytes): [bytes.count]
                default: []
                }
            guard lengths.allSatisfy({ $0 <= 65_535 }) else {
                throw .invalidArgument("the property \(property.identifier) is longer than 65535 bytes")
            }
        }
    }

    /// Takes a message back, if it has not been sent.
    func withdraw(_ token: UInt64) {
        guard session.withdraw(token) else { return }
        publishes[token] = nil
        forget(token)
        offerRoom()
    }

    /// Lets publishers go on for whom there is room now.
    func offerRoom() {
        guard !roomSeekers.isEmpty else { return }
        var room = session.settings.outboxCapacity - session.outbox.count
        while let first = roomSeekers.first, first.room <= room {
            roomSeekers.removeFirst()
            first.completion.complete(.success(()))
            room -= first.room
        }
    }
}
