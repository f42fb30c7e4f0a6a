import MQTTBroker
import NIOCore
import Testing

@Suite(.timeLimit(.minutes(1))) struct PlaceTests {
    @Test("A connection is closed also if another one takes its place in the same turn of the event loop")
    func reusedPlaces() async throws {
        try await RunningBroker.with(.tcp) { running in
            for _ in 0..<20 {
                var ended: [TestClient] = []
                for _ in 0..<20 { ended.append(try await running.client()) }
                // Ends and beginnings meet in the same turns.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in ended {
                        group.addTask { try await client.send(.pingreq) }
                        group.addTask { try await running.connected("").ping() }
                    }
                    try await group.waitForAll()
                }
                for client in ended { try await client.expectEnd() }
            }
        }
    }
}
