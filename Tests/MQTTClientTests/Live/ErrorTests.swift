import MQTTBroker
import MQTTClient
import NIOCore
import NIOPosix
import Testing

private struct Nobody: Authenticator {
    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
        .refused(.notAuthorized, reasonString: "who are you?")
    }
}

@Suite("Errors of a client", .timeLimit(.minutes(1)))
struct ErrorTests {
    @Test("Nobody there: a typed error, and no reconnection")
    func unreachable() async throws {
        // tcpmux, which nobody has; a port that was free a moment ago may be that of another test by now.
        let port = 1
        for address in [
            ServerAddress.tcp(host: "127.0.0.1", port: port), .webSocket(host: "127.0.0.1", port: port),
            .unix(path: "/tmp/nothing-listens-here.sock"),
        ] {
            let client = MQTTClient(ClientConfiguration(address))
            do {
                try await client.connect()
                Issue.record("connected to nobody")
            } catch {
                guard case .unreachable = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
            await #expect(throws: ClientError.notConnected) { try await client.publish("t", "x") }
        }
    }

    @Test("A server that takes connections and says nothing is left in time", arguments: [false, true])
    func silentServer(webSocket: Bool) async throws {
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(silent.localAddress?.port)
        var configuration = ClientConfiguration(
            webSocket ? .webSocket(host: "127.0.0.1", port: port) : .tcp(host: "127.0.0.1", port: port))
        configuration.connectTimeout = .milliseconds(100)
        let client = MQTTClient(configuration)
        await #expect(throws: ClientError.timedOut) { try await client.connect() }
        configuration.connectTimeout = .seconds(3600)
        let patient = MQTTClient(configuration)
        let waiting = Task { try await patient.connect() }
        waiting.cancel()
        await #expect(throws: ClientError.cancelled) { try await waiting.value }
        try await silent.close()
    }

    @Test("A refusal carries the server's code", arguments: [ProtocolVersion.v3_1_1, .v5])
    func refused(version: ProtocolVersion) async throws {
        try await LiveServer.with(ports: Ports(authenticator: Nobody())) { server in
            let client = MQTTClient(try server.configuration(version) { $0.userName = "mallory" })
            let reason = version == .v5 ? "who are you?" : nil
            await #expect(throws: ClientError.connectionRefused(.notAuthorized, reason: reason)) {
                try await client.connect(retrying: true)
            }
        }
    }

    @Test("Cancelled and late calls end, and the client lives on")
    func cancellation() async throws {
        try await LiveServer.with { server in
            try await server.client { client in
                let messages = try await client.subscribe("t", qos: .atLeastOnce)
                let reading = Task { () -> Bool in
                    var iterator = messages.makeAsyncIterator()
                    return try await iterator.next() == nil
                }
                reading.cancel()
                #expect(try await reading.value)
                let late = Task { try await client.publish("t", "x", qos: .exactlyOnce) }
                late.cancel()
                _ = await late.result
                try await client.publish("t", "y", qos: .atLeastOnce)
                var iterator = messages.makeAsyncIterator()
                var last: String?
                while let text = try await iterator.next()?.text {
                    last = text
                    if text == "y" { break }
                }
                #expect(last == "y")
            }
        }
    }

    @Test("Arguments that MQTT does not allow are refused before anything is sent")
    func arguments() async throws {
        try await LiveServer.with { server in
            try await server.client(.v3_1_1) { client in
                for topic in ["", "a/#", "+", String(repeating: "x", count: 65_536)] {
                    await #expect(throws: ClientError.self) { try await client.publish(topic, "x") }
                }
                await #expect(throws: ClientError.self) { _ = try await client.subscribe("a#") }
                await #expect(throws: ClientError.notSupported("properties come with MQTT 5.0")) {
                    try await client.publish("t", "x", properties: [.contentType("x")])
                }
                try await client.publish("t", "x", qos: .exactlyOnce)
            }
        }
    }

    @Test("The end of a client ends everything that waits")
    func end() async throws {
        try await LiveServer.with { server in
            let client = MQTTClient(try server.configuration())
            let events = await client.events()
            try await client.connect()
            let messages = try await client.subscribe("t")
            let reading = Task { try await messages.texts(1) }
            await client.disconnect()
            #expect(try await reading.value == [])
            await #expect(throws: ClientError.notConnected) { try await client.publish("t", "x") }
            var seen: [ConnectionEvent] = []
            for await event in events { seen.append(event) }
            #expect(seen == [.connected(sessionPresent: false), .ended(nil)])
        }
    }

    @Test("A session taken over is not fought for")
    func takenOver() async throws {
        try await LiveServer.with { server in
            let first = MQTTClient(try server.configuration(.v5) { $0.clientIdentifier = "same" })
            try await first.connect()
            let messages = try await first.subscribe("t")
            try await server.client(.v5, { $0.clientIdentifier = "same" }) { _ in
                await #expect(throws: ClientError.self) { _ = try await messages.texts(1) }
            }
            #expect(await !first.isConnected)
        }
    }
}
