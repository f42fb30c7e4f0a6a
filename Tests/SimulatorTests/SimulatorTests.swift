import MQTTSimulator
import Testing

@Suite("Simulator")
struct SimulatorTests {
    /// Six groups, so that they share the cores.
    @Test(
        "[MQTT-3.3.4-9] [MQTT-4.3.2-2] [MQTT-4.3.3-2] [MQTT-4.4.0-1] [MQTT-4.5.0-1] [MQTT-4.6.0-6] Random histories: nothing lost, doubled, reordered or invented",
        arguments: 0..<6)
    func randomHistories(group: Int) throws {
        try Simulator().run(seed: UInt64(group) * 1000, rounds: 50)
    }

    /// The naive reference knows nothing of shards: to clients there must be no difference.
    @Test(
        "[MQTT-3.3.4-9] [MQTT-4.3.2-2] [MQTT-4.3.3-2] [MQTT-4.6.0-6] Random histories with several shards: nothing lost, doubled, reordered or invented",
        arguments: [2, 3, 4, 5, 8, 64])
    func severalShards(shards: Int) throws {
        try Simulator(shards: shards).run(seed: UInt64(shards) * 10_000, rounds: shards > 8 ? 15 : 50)
    }

    /// Faults of the reference, which took one of two packets that look alike for the other, and of the engine.
    @Test(
        "Histories that once failed",
        arguments: [
            // Which group's copy it was shows only when another group's was lost with its member's connection.
            (5, 5215), (4, 1236),
            // A group ended with its last member, who had not acknowledged.
            (3, 2614),
            // A copy for a group that looks like a retained message which need not come any more.
            (4, 263), (1, 100_306), (5, 103_974),
            // Two wills were retained at one topic by two shards at one moment.
            (4, 967),
            // What is sent again after a connection's end, beside the same message, published again.
            (5, 1489), (6, 2044), (5, 2632), (5, 2193), (5, 104_699), (7, 100_317), (2, 5370), (6, 222),
            // Two publishes with empty payloads, one with properties, to a client that sees none.
            (7, 450),
            // A session moved with retained messages still to be sent: SeveralShardsRetainTests.
            (8, 2248), (2, 100_256), (3, 103_358),
            // Bytes that arrive late are what was owed, not what was excused.
            (1, 105_071), (2, 105_006),
            // A retained message that was replaced before it was sent, and a copy for a group that looks like it.
            (4, 200_074), (2, 805_601), (4, 805_601),
            // Written in time, seen late: the first of two that look alike, not one that would overtake another.
            (4, 407_551),
            // A member that joined later has gone again.
            (2, 8503),
        ])
    func onceFailed(shards: Int, seed: UInt64) throws {
        try Simulator(shards: shards).run(seed: seed, rounds: 1)
    }

    @Test("The same seed is the same round, step by step", arguments: [3, 14, 15, 92] as [UInt64])
    func sameSeedSameRound(seed: UInt64) {
        func steps() -> [String] {
            let trace = Trace()
            _ = Simulator().runRound(seed: seed, trace: { trace.lines.append($0) })
            return trace.lines
        }
        let first = steps()
        #expect(first.count > 100)
        let isSame = first == steps()
        #expect(isSame)
    }

    @Test("A fault is told with its seed and the steps that led to it")
    func faultIsTold() throws {
        for seed in 0..<100 as Range<UInt64> {
            guard case .failed(let failure, _) = Simulator().runRound(seed: seed, sabotage: .changePayload)
            else {
                continue
            }
            #expect(failure.seed == seed)
            #expect(failure.history.count > 10)
            #expect(failure.description.contains("--seed \(seed) --rounds 1 --trace"))
            return
        }
        Issue.record("no seed struck")
    }
}

private final class Trace {
    var lines: [String] = []
}
