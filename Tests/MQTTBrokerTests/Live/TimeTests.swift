import MQTTBroker
import NIOCore
import Testing

/// What the broker does by itself when time has passed. The times are short, and nothing waits for longer
/// than the event that it awaits.
@Suite(.timeLimit(.minutes(1))) struct TimeTests {
    @Test("a connection without CONNECT is closed in time", arguments: TransportKind.allCases)
    func silent(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind, configure: { $0.engine.limits.timeToConnect = 2_000 }) { running in
            let silent = try await running.open()
            #expect(try await silent.receive() == nil)
        }
    }

    @Test("a will that is delayed is published then, and not before", arguments: TransportKind.allCases)
    func delayedWill(_ kind: TransportKind) async throws {
        try await RunningBroker.with(kind) { running in
            let watcher = try await running.connected("watcher")
            try await watcher.subscribe("gone")
            let will = Will(topic: "gone", properties: [.willDelayInterval(1)])
            let client = try await running.connected(
                "client", will: will, properties: [.sessionExpiryInterval(100)])
            let start = ContinuousClock.now
            await client.stream.close()
            #expect(try await watcher.message().topicName == "gone")
            #expect(ContinuousClock.now - start >= .milliseconds(990))
        }
    }

    @Test("a peer that does not go is cut off when the linger time is over")
    func lingers() async throws {
        try await RunningBroker.with(
            .tcp,
            configure: {
                $0.listeners[0].maximumConnections = 1
                $0.lingerTime = 50
            }
        ) { running in
            // It is not read, so its end is not seen, and it keeps its place until it is cut off.
            let deaf = try await SocketStream.connect(to: running.address, reads: false)
            try await deaf.send(ByteBuffer(bytes: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]))
            while true {
                let next = TestClient(try await SocketStream.connect(to: running.address), .v5)
                if (try? await next.connect("next")) != nil { break }
            }
            await deaf.close()
        }
    }

    @Test("stop() does not wait for ever for a peer that does not go")
    func stopIsBounded() async throws {
        try await RunningBroker.with(.tcp, configure: { $0.stopTime = 50 }) { running in
            let deaf = try await SocketStream.connect(to: running.address, reads: false)
            try await deaf.send(ByteBuffer(bytes: [0x10]))
            let other = try await running.connected("other")
            try await other.ping()
            await running.broker.stop()
            await deaf.close()
        }
    }
}
