import Logging
import MQTTBroker
import MQTTClient
import MetricsTestKit
import NIOCore
import ServiceLifecycle
import Testing

@Suite("A client as a service", .timeLimit(.minutes(1)))
struct ServiceTests {
    @Test("It runs in a service group, and ends with it without its will")
    func group() async throws {
        try await LiveServer.with { server in
            try await server.client { watcher in
                let messages = try await watcher.subscribe("#", qos: .atLeastOnce)
                let client = MQTTClient(
                    try server.configuration {
                        $0.will = Will(topic: "will", payload: [], qos: .atLeastOnce, retain: false)
                    })
                let events = await client.events()
                let group = ServiceGroup(
                    services: [client],
                    logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
                let running = Task { try await group.run() }
                for await event in events { if case .connected = event { break } }
                try await client.publish("t", "alive", qos: .atLeastOnce)
                await group.triggerGracefulShutdown()
                try await running.value
                #expect(await !client.isConnected)
                try await watcher.publish("t", "end", qos: .atLeastOnce)
                #expect(try await messages.texts(2) == ["alive", "end"])
            }
        }
    }

    @Test("It ends when its task is cancelled, and fails with what cannot be mended")
    func end() async throws {
        try await LiveServer.with { server in
            let client = MQTTClient(try server.configuration())
            let events = await client.events()
            let running = Task { try await client.run() }
            for await event in events { if case .connected = event { break } }
            running.cancel()
            try await running.value
            let never = MQTTClient(
                try server.configuration {
                    $0.server = .tcp(host: "127.0.0.1", port: 1)
                    $0.reconnect = ReconnectPolicy(initialDelay: .milliseconds(1), maximumAttempts: 2)
                })
            await #expect(throws: ClientError.self) { try await never.run() }
        }
    }

    @Test("What happens is counted")
    func metrics() async throws {
        let metrics = TestMetrics()
        try await LiveServer.with { server in
            try await server.client(
                .v5,
                {
                    $0.metricsFactory = metrics
                    $0.metricsDimensions = [("client", "one")]
                }
            ) { client in
                let messages = try await client.subscribe("t", qos: .exactlyOnce)
                for _ in 0..<3 { try await client.publish("t", "x", qos: .exactlyOnce) }
                _ = try await messages.texts(3)
            }
        }
        let one = [("client", "one")]
        func count(_ name: String, _ more: [(String, String)] = []) throws -> Int64 {
            try metrics.expectCounter("mqtt_client_\(name)", one + more).totalValue
        }
        #expect(try count("messages_published", [("qos", "2")]) == 3)
        #expect(try count("messages_received", [("qos", "2")]) == 3)
        #expect(try count("connections") == 1)
        #expect(try metrics.expectGauge("mqtt_client_in_flight", one).lastValue == 0)
    }
}
