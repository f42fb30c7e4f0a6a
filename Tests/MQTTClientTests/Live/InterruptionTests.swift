import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

@Suite("What happens at the same moment as the end of a connection", .timeLimit(.minutes(2)))
struct InterruptionTests {
    private func client(_ server: MuteServer) async throws -> MQTTClient {
        let client = MQTTClient(ClientConfiguration(.tcp(host: "127.0.0.1", port: server.port)))
        try await client.connect()
        return client
    }

    @Test("A client that was disconnected while it waited stays so, also if it has waited long enough")
    func disconnectedWhileWaiting() async throws {
        try await MuteServer.with { server in
            let client = try await client(server)
            let (pauses, paused) = AsyncStream<Void>.makeStream()
            let never = AsyncStream<Void>.makeStream()
            // Ends well when its task is cancelled: like a sleep that was over already.
            await client.pauses { _ in
                paused.yield()
                for await _ in never.stream {}
            }
            await client.loseConnection()
            for await _ in pauses { break }
            let reconnection = try #require(await client.reconnection)
            await client.disconnect()
            await reconnection.value
            #expect(await client.state == .ended(nil))
        }
    }

    @Test("A message of QoS 0 that was not written fails with the connection, and at once")
    func unwritten() async throws {
        try await MuteServer.with { server in
            let client = try await client(server)
            let receipt = try await client.publishAndLoseConnection()
            await #expect(throws: ClientError.connectionLost) {
                try await receipt.fulfilled(within: .seconds(60))
            }
            #expect(await client.publishes.isEmpty)
            await client.disconnect()
        }
    }
}

extension MQTTClient {
    fileprivate func pauses(_ pause: @escaping @Sendable (Duration) async throws -> Void) {
        self.pause = pause
    }

    fileprivate func loseConnection() { connectionEnded(connectionNumber, .connectionLost) }

    /// Both in one turn of the event loop, so that nothing can have been written.
    fileprivate func publishAndLoseConnection() async throws -> PublishReceipt {
        let receipt = try await submit("t", payload: ByteBuffer(), qos: .atMostOnce)
        loseConnection()
        return receipt
    }
}
