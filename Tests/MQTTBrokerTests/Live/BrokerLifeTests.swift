import MQTTBroker
import NIOCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct BrokerLifeTests {
    private func expectConnects(_ url: ListenerURL) async throws {
        guard let host = url.host, let port = url.port else { throw TestClient.Unexpected() }
        let client = TestClient(
            try await SocketStream.connect(to: try SocketAddress(ipAddress: host, port: port)), .v5)
        try await client.connect("any")
        await client.stream.close()
    }

    @Test("every listener says its real port, and accepts when start() returns")
    func realPorts() async throws {
        try await RunningBroker.with(
            .inProcess,
            configure: {
                $0.listeners = [
                    ListenerConfiguration(.mqtt(host: "127.0.0.1", port: 0)),
                    ListenerConfiguration(.mqtt(host: "::1", port: 0)),
                ]
            }
        ) { running in
            try #require(running.listeners.count == 2)
            for listener in running.listeners {
                #expect(try #require(listener.port) > 0)
                try await expectConnects(listener.url)
            }
        }
    }

    @Test("when a listener cannot bind, none listens, and the error names it")
    func oneListenerFails() async throws {
        try await RunningBroker.with(.tcp) { running in
            let taken = running.listeners[0].url
            let path = temporarySocketPath()
            let configuration = BrokerConfiguration(listeners: [
                ListenerConfiguration(.unix(path: path)), ListenerConfiguration(taken),
            ])
            let error = await #expect(throws: BindError.self) {
                try await Broker(configuration: configuration).start()
            }
            #expect(error?.url == taken)
            await #expect(throws: (any Error).self, "the first listener is closed again") {
                try await SocketStream.connect(to: try SocketAddress(unixDomainSocketPath: path))
            }
        }
    }

    @Test("connections beyond a listener's bound are closed, and one that ends makes room")
    func listenerBound() async throws {
        try await RunningBroker.with(.tcp, configure: { $0.listeners[0].maximumConnections = 2 }) { running in
            let first = try await running.connected("first")
            let second = try await running.connected("second")
            let third = try await SocketStream.connect(to: running.address)
            #expect(try await third.receive() == nil)
            try await first.disconnect()
            await first.stream.close()
            try await second.ping()
            var isIn = false
            while !isIn {
                let again = try await SocketStream.connect(to: running.address)
                let client = TestClient(again, .v5)
                isIn = (try? await client.connect("fourth")) != nil
            }
        }
    }

    @Test("a broker that is full turns connections away")
    func brokerBound() async throws {
        try await RunningBroker.with(.tcp, configure: { $0.engine.limits.connections = 1 }) { running in
            let first = try await running.connected("first")
            let second = try await SocketStream.connect(to: running.address)
            while try await second.receive() != nil {}
            try await first.ping()
            await #expect(throws: BrokerError.noRoom) { try await running.broker.connect() }
        }
    }

    @Test("more shards than there can be are a clear error")
    func shards() async throws {
        var configuration = BrokerConfiguration()
        configuration.shards = 65
        let error = await #expect(throws: BrokerError.self) {
            try await Broker(configuration: configuration).start()
        }
        #expect(error?.description.contains("0 to 64") == true)
    }

    @Test("a broker runs once, and does nothing before and after")
    func runsOnce() async throws {
        let broker = Broker(configuration: BrokerConfiguration())
        await #expect(throws: BrokerError.notRunning) { try await broker.publish(topic: "a") }
        #expect(try await broker.start() == [])
        await #expect(throws: BrokerError.alreadyStarted) { try await broker.start() }
        await broker.stop()
        await #expect(throws: BrokerError.notRunning) { try await broker.counters() }
        await #expect(throws: BrokerError.alreadyStarted) { try await broker.start() }
        await broker.stop()
    }

    @Test("stop() while the broker starts leaves nothing running")
    func stopsWhileStarting() async throws {
        let path = temporarySocketPath()
        for _ in 0..<20 {
            let broker = Broker(configuration: BrokerConfiguration(listeners: [.init(.unix(path: path))]))
            let started = Task { try await broker.start() }
            await broker.stop()
            _ = await started.result
            await broker.stop()
            await #expect(throws: BrokerError.notRunning) { try await broker.counters() }
            await #expect(throws: (any Error).self) {
                try await SocketStream.connect(to: try SocketAddress(unixDomainSocketPath: path))
            }
        }
    }

    @Test("stop() removes the file of a Unix socket")
    func removesSocketFile() async throws {
        let path = temporarySocketPath()
        let broker = Broker(configuration: BrokerConfiguration(listeners: [.init(.unix(path: path))]))
        _ = try await broker.start()
        await broker.stop()
        await #expect(throws: (any Error).self) {
            try await SocketStream.connect(to: try SocketAddress(unixDomainSocketPath: path))
        }
        let second = Broker(configuration: BrokerConfiguration(listeners: [.init(.unix(path: path))]))
        _ = try await second.start()
        await second.stop()
    }

    @Test("events name the client and its address")
    func events() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        try await RunningBroker.with(.tcp, observer: { continuation.yield($0) }) { running in
            let client = try await running.connected("watched")
            for await event in events {
                guard case .clientConnected(let who, _, _, _) = event else { continue }
                #expect(who.identifier == "watched")
                #expect(who.peer.address.hasPrefix("127.0.0.1:"))
                #expect(who.peer.listener == "mqtt://127.0.0.1:0")
                break
            }
            try await client.disconnect()
        }
    }

    @Test("[MQTT-3.1.0-1] however many come and are turned away at a time, each of them sees its end")
    func manyTurnedAway() async throws {
        try await RunningBroker.with(.tcp) { running in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<300 {
                    group.addTask {
                        let stream = try await running.open()
                        try await stream.send(ByteBuffer(bytes: [0xC0, 0]))
                        #expect(try await stream.receive() == nil)
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
