import MQTTBroker
import NIOCore
import Testing

/// A broker whose store cannot write.
@Suite("Full disk", .timeLimit(.minutes(2)))
struct FullDiskTests {
    private let store = StubbornStore()

    private func with(_ body: (Broker, () async throws -> TestClient) async throws -> Void) async throws {
        var configuration = BrokerConfiguration(listeners: [
            ListenerConfiguration(.mqtt(host: "127.0.0.1", port: 0))
        ])
        configuration.stopTime = 200
        configuration.lingerTime = 100
        let broker = Broker(configuration: configuration, store: store)
        let listeners = try await broker.start()
        guard let port = listeners.first?.port else { throw TestClient.Unexpected() }
        do {
            try await body(broker) {
                TestClient(
                    try await SocketStream.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: port)),
                    .v5
                )
            }
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    /// A session that is kept, and its client gone; nothing of it is on its way to the store any more.
    private func leaveSession(_ client: TestClient, besides other: TestClient) async throws {
        try await client.connect("reader", cleanStart: false, properties: [.sessionExpiryInterval(3600)])
        try await client.subscribe("t", .atLeastOnce)
        try await client.disconnect()
        try await client.expectEnd()
        // It is acknowledged when all is stored that came before.
        try await other.publish("t", ByteBuffer(), .atLeastOnce, id: 100)
    }

    private static func publish(_ id: UInt16) -> ControlPacket {
        .publish(
            Publish(
                topicName: "t", payload: ByteBuffer(string: "\(id)"), qos: .atLeastOnce, packetIdentifier: id)
        )
    }

    @Test("Publishers are told, what was begun is answered when there is room, and then all goes on")
    func publishers() async throws {
        try await with { broker, client in
            let first = try await client()
            let second = try await client()
            let online = try await client()
            try await first.connect("first")
            try await leaveSession(try await client(), besides: first)
            try await second.connect("second")
            try await online.connect("online")
            try await online.subscribe("free", .atLeastOnce)
            store.breakDown()
            try await store.complains { try await first.send(Self.publish(1)) }
            try await second.send(Self.publish(7))
            let refused = Acknowledgement(.puback, packetIdentifier: 7, reasonCode: .quotaExceeded)
            guard case .acknowledgement(let answer) = try await second.next() else {
                throw TestClient.Unexpected()
            }
            #expect(answer.packetIdentifier == refused.packetIdentifier)
            #expect(answer.reasonCode == refused.reasonCode)
            try await second.publish("free", ByteBuffer(string: "goes on"), .atLeastOnce, id: 8)
            #expect(try await online.message().payload == ByteBuffer(string: "goes on"))
            store.mend()
            try await first.expect(.acknowledgement(Acknowledgement(.puback, packetIdentifier: 1)))
            try await second.send(Self.publish(9))
            try await second.expect(.acknowledgement(Acknowledgement(.puback, packetIdentifier: 9)))
        }
    }

    @Test("The broker stops in its time although nothing can be stored")
    func stops() async throws {
        try await with { broker, client in
            let publisher = try await client()
            try await publisher.connect("publisher")
            try await leaveSession(try await client(), besides: publisher)
            store.breakDown()
            try await store.complains { try await publisher.send(Self.publish(1)) }
            await broker.stop()
            var answers: [ControlPacket] = []
            while let packet = try await publisher.next() { answers.append(packet) }
            #expect(
                answers == [
                    .disconnect(Disconnect(reasonCode: .serverShuttingDown, properties: answers.reason))
                ])
        }
    }

    @Test("A broker that starts while nothing can be stored takes clients in", arguments: [1, 2, 3])
    func starts(shards: Int) async throws {
        var state = StoredState()
        state.sessions.append(
            StoredSession(
                id: 65, clientIdentifier: "reader", userName: nil, version: .v5, expiryInterval: 3600,
                expiresAt: nil, will: nil, willDueAt: nil))
        let store = StubbornStore(state)
        store.breakDown()
        try await RunningBroker.with(.tcp, configure: { $0.shards = shards }, store: store) { running in
            let client = try await running.connected("passing")
            try await client.ping()
            store.mend()
            try await running.connected("stored", properties: [.sessionExpiryInterval(60)]).ping()
        }
    }
}

extension [ControlPacket] {
    /// The properties of the DISCONNECT that it should be.
    fileprivate var reason: Properties {
        if case .disconnect(let packet) = first { packet.properties } else { [] }
    }
}
