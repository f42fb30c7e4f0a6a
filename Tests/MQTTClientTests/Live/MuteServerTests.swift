import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("A server that answers nothing any more", .timeLimit(.minutes(2)))
struct MuteServerTests {
    /// Knows no secret, and so needs no server that does.
    private struct Trusting: AuthenticationMethod, AuthenticationExchange {
        let name = "trusting"

        func begin() -> any AuthenticationExchange { self }
        func first() throws -> [UInt8]? { [1] }
        func answer(to challenge: [UInt8]) async throws -> [UInt8] { [2] }
        func finish(_ data: [UInt8]?) throws {}
    }

    /// Every call that waits for an answer.
    private enum Call: String, CaseIterable, CustomTestStringConvertible {
        case publishOnce, publishExactlyOnce, submit, subscribe, request, reauthenticate

        var testDescription: String { rawValue }

        func make(_ client: MQTTClient) async throws(ClientError) {
            switch self {
            case .publishOnce: try await client.publish("t", "x", qos: .atLeastOnce)
            case .publishExactlyOnce: try await client.publish("t", "x", qos: .exactlyOnce)
            case .submit:
                try await client.submit("t", payload: ByteBuffer(), qos: .atLeastOnce).fulfilled()
            case .subscribe: _ = try await client.subscribe("t")
            case .request: _ = try await client.request("t", payload: ByteBuffer())
            case .reauthenticate: try await client.reauthenticate()
            }
        }
    }

    private static func client(_ server: MuteServer, timeout: Duration?) async throws -> MQTTClient {
        var configuration = ClientConfiguration(.tcp(host: "127.0.0.1", port: server.port))
        configuration.timeout = timeout
        configuration.authentication = Trusting()
        let client = MQTTClient(configuration)
        try await client.connect()
        return client
    }

    @Test("Every call ends in time", arguments: Call.allCases)
    private func late(call: Call) async throws {
        try await MuteServer.with { server in
            let client = try await Self.client(server, timeout: .milliseconds(20))
            await #expect(throws: ClientError.timedOut) { try await call.make(client) }
            await client.disconnect()
        }
    }

    @Test("Every call ends when its task is cancelled", arguments: Call.allCases)
    private func cancelled(call: Call) async throws {
        try await MuteServer.with { server in
            let client = try await Self.client(server, timeout: nil)
            let calling = Task { try await call.make(client) }
            calling.cancel()
            await #expect(throws: ClientError.cancelled) { try await calling.value }
            await client.disconnect()
        }
    }

    @Test("Every call ends with the client", arguments: Call.allCases)
    private func ended(call: Call) async throws {
        try await MuteServer.with { server in
            let client = try await Self.client(server, timeout: nil)
            let calling = Task { try await call.make(client) }
            while await !client.isAsked { await Task.yield() }
            await client.disconnect()
            await #expect(throws: ClientError.self) { try await calling.value }
        }
    }
}

extension MQTTClient {
    /// Whether somebody waits for an answer of the server.
    fileprivate var isAsked: Bool { session.awaitsAnswer || reauthentication != nil }
}
