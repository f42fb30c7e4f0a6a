import NIOCore

/// Publishes for the embedding program, over a connection of its own.
actor InProcessPublisher {
    private let connection: InProcessConnection
    private let receiveMaximum: Int
    private var reader: Task<Void, Never>?
    private let pings: Task<Void, Never>?
    private var end: InProcessError?

    /// QoS 1 and 2 publishes without their PUBACK or PUBCOMP, by packet identifier.
    private var unacknowledged: [UInt16: CheckedContinuation<Void, any Error>] = [:]
    private var lastPacketIdentifier: UInt16 = 0
    /// Publishes that wait for the Receive Maximum to allow them.
    private var waiting: [CheckedContinuation<Void, Never>] = []

    static func open(_ connection: InProcessConnection) async throws -> InProcessPublisher {
        var packets = InProcessPackets(connection)
        let connack = try await packets.connect()
        let publisher = InProcessPublisher(connection, connack)
        await publisher.start(packets)
        return publisher
    }

    private init(_ connection: InProcessConnection, _ connack: Connack) {
        self.connection = connection
        receiveMaximum = Int(connack.properties.receiveMaximum ?? 65_535)
        pings = InProcessPackets.ping(every: connack.properties.serverKeepAlive, on: connection)
    }

    private func start(_ packets: InProcessPackets) {
        reader = Task { [weak self] in
            var packets = packets
            do {
                while true { await self?.received(try await packets.next()) }
            } catch {
                await self?.ended(error as? InProcessError ?? .disconnected(nil))
            }
        }
    }

    /// Whether the connection still stands.
    var isOpen: Bool { end == nil }

    /// At QoS 0 returns when the broker has taken the bytes, else when it has acknowledged the message.
    func publish(_ message: Message) async throws {
        if let end { throw end }
        guard message.topicName.bytes.span.isTopicName else {
            throw InProcessError.invalidPacket(.invalidTopicName)
        }
        var publish = Publish(
            topicName: message.topicName, payload: message.payload, qos: message.qos, retain: message.retain,
            properties: message.properties)
        guard message.qos != .atMostOnce else {
            await InProcessPackets.send(.publish(publish), on: connection)
            if let end { throw end }
            return
        }
        while unacknowledged.count >= receiveMaximum, end == nil {
            await withCheckedContinuation { waiting.append($0) }
        }
        if let end { throw end }
        publish.packetIdentifier = unusedPacketIdentifier()
        try await withCheckedThrowingContinuation { continuation in
            unacknowledged[publish.packetIdentifier] = continuation
            Task { [publish] in await InProcessPackets.send(.publish(publish), on: connection) }
        }
    }

    func close() {
        ended(.disconnected(nil))
        Task { [connection] in
            await InProcessPackets.send(.disconnect(Disconnect()), on: connection)
            connection.close()
        }
    }

    private func unusedPacketIdentifier() -> UInt16 {
        repeat {
            lastPacketIdentifier = lastPacketIdentifier == .max ? 1 : lastPacketIdentifier + 1
        } while unacknowledged[lastPacketIdentifier] != nil
        return lastPacketIdentifier
    }

    private func received(_ packet: ControlPacket) async {
        guard case .acknowledgement(let packet) = packet else { return }
        switch packet.type {
        case .pubrec where !packet.reasonCode.isFailure:
            let pubrel = Acknowledgement(.pubrel, packetIdentifier: packet.packetIdentifier)
            await InProcessPackets.send(.acknowledgement(pubrel), on: connection)
        case .puback, .pubrec, .pubcomp:
            guard let continuation = unacknowledged.removeValue(forKey: packet.packetIdentifier) else {
                return
            }
            if packet.reasonCode.isFailure {
                continuation.resume(
                    throwing: InProcessError.publishRefused(
                        packet.reasonCode, reasonString: packet.properties.reasonString?.description))
            } else {
                continuation.resume()
            }
            if !waiting.isEmpty { waiting.removeFirst().resume() }
        default: break
        }
    }

    private func ended(_ error: InProcessError) {
        guard end == nil else { return }
        end = error
        reader?.cancel()
        pings?.cancel()
        for continuation in unacknowledged.values { continuation.resume(throwing: error) }
        unacknowledged = [:]
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}
