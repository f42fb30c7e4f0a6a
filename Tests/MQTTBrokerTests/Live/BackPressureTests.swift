import MQTTBroker
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(2))) struct BackPressureTests {
    /// A client's socket that does not read, with a small buffer in the system.
    private func deafClient(_ running: RunningBroker, _ filter: MQTTString, _ qos: QoS) async throws
        -> SocketStream
    {
        let stream = try await SocketStream.connect(to: running.address, reads: false, receiveBuffer: 16_384)
        let client = TestClient(stream, .v5)
        try await client.send(
            .connect(Connect(clientIdentifier: "deaf")),
            .subscribe(Subscribe(packetIdentifier: 1, [.init(filter, .init(qos: qos))])))
        return stream
    }

    @Test(
        "a client that does not read holds its publisher, not the others, and nothing is lost",
        arguments: [TransportKind.tcp, .unix])
    func deafClientHoldsPublisher(_ kind: TransportKind) async throws {
        let count = 64
        let payload = ByteBuffer(repeating: 7, count: 65_536)
        let limit = 256 * 1024
        try await RunningBroker.with(
            kind,
            configure: {
                $0.engine.limits.outgoingBytes = limit
                $0.engine.limits.queueBytes = limit
                $0.engine.limits.queueMessages = 8
                $0.engine.limits.inFlight = 4
            }
        ) { running in
            let stream = try await deafClient(running, "flood", .atLeastOnce)
            let deaf = TestClient(stream, .v5)
            let publisher = try await running.connected("publisher")
            while try await running.broker.counters().subscriptions == 0 {}
            let flood = Task {
                for number in 1...count {
                    try await publisher.publish("flood", payload, .atLeastOnce, id: UInt16(number))
                }
            }
            // Others are served while the publisher waits.
            let other = try await running.connected("other")
            try await other.subscribe("quiet")
            for _ in 0..<50 {
                try await other.send(.publish(Publish(topicName: "quiet")))
                #expect(try await other.message().topicName == "quiet")
            }
            #expect(try await running.broker.counters().storedBytes <= limit + 16 * 65_536)
            try await stream.startReading()
            guard case .connack = try await deaf.next() else { throw TestClient.Unexpected() }
            guard case .subscriptionAcknowledgement = try await deaf.next() else {
                throw TestClient.Unexpected()
            }
            for _ in 0..<count { #expect(try await deaf.message().payload == payload) }
            try await flood.value
        }
    }

    @Test("a reset connection is a lost one")
    func reset() async throws {
        try await RunningBroker.with(.tcp) { running in
            let watcher = try await running.connected("watcher")
            try await watcher.subscribe("gone")
            let stream = try await SocketStream.connect(to: running.address)
            try await TestClient(stream, .v5).connect("client", will: Will(topic: "gone"))
            try await stream.reset()
            #expect(try await watcher.message().topicName == "gone")
        }
    }

    @Test("a peer that is done sending is a lost one")
    func halfClosed() async throws {
        try await RunningBroker.with(.tcp) { running in
            let watcher = try await running.connected("watcher")
            try await watcher.subscribe("gone")
            let stream = try await SocketStream.connect(to: running.address)
            try await TestClient(stream, .v5).connect("client", will: Will(topic: "gone"))
            try await stream.channel.close(mode: .output)
            #expect(try await watcher.message().topicName == "gone")
            #expect(try await stream.receive() == nil)
        }
    }
}
