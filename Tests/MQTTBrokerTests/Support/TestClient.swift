import MQTTBroker
import NIOCore
import Testing

/// A client that does nothing by itself: every packet that goes or comes is a line of the test.
actor TestClient {
    nonisolated let stream: any ByteStream
    nonisolated let version: ProtocolVersion
    private var received = ByteBuffer()

    /// Another packet came than the one that was awaited, or the connection ended.
    struct Unexpected: Error {
        var packet: ControlPacket?
    }

    init(_ stream: any ByteStream, _ version: ProtocolVersion) {
        self.stream = stream
        self.version = version
    }

    func send(_ packets: ControlPacket...) async throws {
        var bytes = ByteBuffer()
        for packet in packets { packet.encode(into: &bytes, version: version) }
        try await stream.send(bytes)
    }

    /// nil: the broker has ended the connection.
    func next() async throws -> ControlPacket? {
        while true {
            if let packet = try ControlPacket.read(from: &received, version: version) { return packet }
            guard var bytes = try await stream.receive() else { return nil }
            received.discardReadBytes()
            received.writeBuffer(&bytes)
        }
    }

    func expect(_ packet: ControlPacket, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let next = try await next()
        #expect(next == packet, sourceLocation: sourceLocation)
    }

    func expectEnd(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let next = try await next()
        #expect(next == nil, sourceLocation: sourceLocation)
    }

    @discardableResult
    func connect(
        _ identifier: MQTTString, cleanStart: Bool = true, keepAlive: UInt16 = 0, will: Will? = nil,
        userName: MQTTString? = nil, properties: Properties = []
    ) async throws -> Connack {
        try await send(
            .connect(
                Connect(
                    version: version, cleanStart: cleanStart, keepAlive: keepAlive,
                    clientIdentifier: identifier,
                    will: will, userName: userName, properties: properties)))
        let packet = try await next()
        guard case .connack(let connack) = packet else { throw Unexpected(packet: packet) }
        return connack
    }

    func subscribe(_ filter: MQTTString, _ qos: QoS = .exactlyOnce) async throws {
        try await send(.subscribe(Subscribe(packetIdentifier: 1, [.init(filter, .init(qos: qos))])))
        let packet = try await next()
        guard case .subscriptionAcknowledgement(let suback) = packet,
            suback.reasonCodes.allSatisfy({ !$0.isFailure })
        else { throw Unexpected(packet: packet) }
    }

    /// The next packet, which must be a PUBLISH; its QoS handshake is completed.
    func message() async throws -> Publish {
        let packet = try await next()
        guard case .publish(let publish) = packet else { throw Unexpected(packet: packet) }
        let id = publish.packetIdentifier
        switch publish.qos {
        case .atMostOnce: break
        case .atLeastOnce: try await send(.acknowledgement(Acknowledgement(.puback, packetIdentifier: id)))
        case .exactlyOnce:
            try await send(.acknowledgement(Acknowledgement(.pubrec, packetIdentifier: id)))
            try await expect(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: id)))
            try await send(.acknowledgement(Acknowledgement(.pubcomp, packetIdentifier: id)))
        }
        return publish
    }

    /// Publishes, and completes the QoS handshake.
    func publish(
        _ topic: MQTTString, _ payload: ByteBuffer, _ qos: QoS = .atMostOnce, retain: Bool = false,
        id: UInt16 = 1
    ) async throws {
        try await send(
            .publish(
                Publish(
                    topicName: topic, payload: payload, qos: qos, retain: retain,
                    packetIdentifier: qos == .atMostOnce ? 0 : id)))
        switch qos {
        case .atMostOnce: break
        case .atLeastOnce: try await expectAcknowledgement(.puback, id)
        case .exactlyOnce:
            try await expectAcknowledgement(.pubrec, id)
            try await send(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: id)))
            try await expectAcknowledgement(.pubcomp, id)
        }
    }

    /// An acknowledgement of success; "no matching subscribers" counts as one.
    private func expectAcknowledgement(_ type: PacketType, _ id: UInt16) async throws {
        let packet = try await next()
        guard case .acknowledgement(let acknowledgement) = packet, acknowledgement.type == type,
            acknowledgement.packetIdentifier == id, !acknowledgement.reasonCode.isFailure
        else { throw Unexpected(packet: packet) }
    }

    /// Asks for a PINGRESP: what was sent before has been handled then.
    func ping(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await send(.pingreq)
        try await expect(.pingresp, sourceLocation: sourceLocation)
    }

    func disconnect(_ code: ReasonCode = .normalDisconnection) async throws {
        try await send(.disconnect(Disconnect(reasonCode: code)))
        try await expectEnd()
    }
}
