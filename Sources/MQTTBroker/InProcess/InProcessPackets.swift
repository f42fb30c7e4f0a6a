import NIOCore

/// MQTT 5.0 packets over an ``InProcessConnection``.
struct InProcessPackets: Sendable {
    let connection: InProcessConnection
    private var received = ByteBuffer()

    init(_ connection: InProcessConnection) { self.connection = connection }

    /// Sends CONNECT with Clean Start and awaits CONNACK.
    mutating func connect() async throws -> Connack {
        // Nobody can guess the identifier, and so take the session over.
        let number = UInt64.random(in: .min ... .max)
        let connect = Connect(clientIdentifier: MQTTString("in-process-" + String(number, radix: 16)))
        await Self.send(.connect(connect), on: connection)
        guard case .connack(let connack) = try await next() else { throw InProcessError.disconnected(nil) }
        guard !connack.reasonCode.isFailure else {
            throw InProcessError.refused(
                connack.reasonCode, reasonString: connack.properties.reasonString?.description)
        }
        return connack
    }

    /// - Throws: ``InProcessError/disconnected(_:)`` at the end of the connection.
    mutating func next() async throws -> ControlPacket {
        while true {
            if let packet = try ControlPacket.read(from: &received, version: .v5) {
                if case .disconnect(let disconnect) = packet {
                    throw InProcessError.disconnected(disconnect.reasonCode)
                }
                return packet
            }
            guard var bytes = await connection.receive() else {
                if Task.isCancelled { throw CancellationError() }
                throw InProcessError.disconnected(nil)
            }
            if received.readableBytes == 0 {
                received = bytes
            } else {
                received.discardReadBytes()
                received.writeBuffer(&bytes)
            }
        }
    }

    static func send(_ packet: ControlPacket, on connection: InProcessConnection) async {
        var bytes = ByteBuffer()
        packet.encode(into: &bytes, version: .v5)
        await connection.send(bytes)
    }

    /// Keeps the connection alive where the broker sets a Server Keep Alive, in seconds. Runs until cancelled.
    static func ping(every keepAlive: UInt16?, on connection: InProcessConnection) -> Task<Void, Never>? {
        guard let keepAlive, keepAlive > 0 else { return nil }
        return Task { [weak connection] in
            while (try? await Task.sleep(for: .seconds(Double(keepAlive) / 2))) != nil {
                guard let connection else { return }
                await send(.pingreq, on: connection)
            }
        }
    }
}
