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
