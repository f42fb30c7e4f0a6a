import MQTTBroker
import MQTTClient
import MQTTCodec
import NIOCore
import Testing

/// MQTT 5.0 section 4.11.
@Suite("A server sends its clients to another one", .timeLimit(.minutes(1)))
struct RedirectionTests {
    @Test("The client goes there, at once and when it is connected already", arguments: [false, true])
    func followed(afterConnecting: Bool) async throws {
        try await LiveServer.with { server in
            let port = try #require(server.listeners[0].url.port)
            let reference = MQTTString("127.0.0.1:\(port) else.example")
            try await RedirectingServer.with(reference: reference, afterConnecting: afterConnecting) {
                first in
                var configuration = ClientConfiguration(.tcp(host: "localhost", port: first.port))
                configuration.reconnect = ReconnectPolicy(initialDelay: .milliseconds(1))
                let client = MQTTClient(configuration)
                let events = await client.events()
                try await client.connect()
                try await client.publish("t", "x", qos: .exactlyOnce)
                for await case .redirected(let address) in events {
                    #expect(address == .tcp(host: "127.0.0.1", port: port))
                    break
                }
                await client.disconnect()
            }
        }
    }

    @Test("It does not go in circles")
    func circle() async throws {
        try await RedirectingServer.with(reference: "localhost", afterConnecting: false) { first in
            // Named without a port, the other one has the same.
            var configuration = ClientConfiguration(.tcp(host: "127.0.0.1", port: first.port))
            configuration.reconnect = nil
            let client = MQTTClient(configuration)
            await #expect(throws: ClientError.connectionRefused(.useAnotherServer, reason: nil)) {
                try await client.connect()
            }
        }
    }
}
