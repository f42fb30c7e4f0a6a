import MQTTSimulator
import Testing

/// The checker has to find what is put in front of it, else its silence says nothing.
@Suite("Sabotage")
struct SabotageTests {
    @Test("The checker finds a deliberate fault", arguments: Sabotage.allCases.filter { $0 != .none })
    func sabotageIsFound(_ sabotage: Sabotage) {
        var strikes = 0
        var found = 0
        for seed in 0..<400 as Range<UInt64> where strikes < 8 {
            switch Simulator().runRound(seed: seed, sabotage: sabotage) {
            case .passed(let hasStruck):
                strikes += hasStruck ? 1 : 0
            case .failed(_, let hasStruck):
                strikes += hasStruck ? 1 : 0
                found += hasStruck ? 1 : 0
            }
        }
        #expect(strikes >= 4)
        // Some faults stay without consequence: the session that they hurt ends right away, say.
        #expect(found * 8 >= strikes * 5, "\(found) of \(strikes) were found")
    }
}
