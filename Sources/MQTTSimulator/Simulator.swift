/// Runs rounds and tells of the first one that finds a fault.
///
/// Everything in a round follows from its seed: the same seed, the same round, byte for byte.
public struct Simulator {
    /// A round in which the broker did wrong.
    public struct Failure: Error, Sendable {
        public let seed: UInt64
        /// From 0.
        public let round: Int
        public let shards: Int
        public let fault: Fault
        /// The last steps before it, oldest first.
        public let history: [String]
    }

    /// What a round has come to.
    public enum Outcome: Sendable {
        case passed(sabotageStruck: Bool)
        case failed(Failure, sabotageStruck: Bool)
    }

    /// How many shards the broker has.
    private let shards: Int

    /// - Parameter shards: 1 to ``ShardPlace/maximumCount``.
    public init(shards: Int = 1) { self.shards = shards }

    /// Runs `rounds` rounds, whose seeds follow one another from `seed` on.
    ///
    /// - Parameter trace: gets every step as it is taken.
    public func run(seed: UInt64, rounds: Int, trace: ((String) -> Void)? = nil) throws(Failure) {
        for round in 0..<rounds {
            let outcome = runRound(seed: seed &+ UInt64(round), round: round, trace: trace)
            if case .failed(let failure, _) = outcome { throw failure }
        }
    }

    /// Runs one round, perhaps with a deliberate fault in it.
    public func runRound(
        seed: UInt64, round number: Int = 0, sabotage: Sabotage = .none, trace: ((String) -> Void)? = nil
    ) -> Outcome {
        let round = Round(seed: seed, shards: shards, sabotage: sabotage, trace: trace)
        do throws(Fault) {
            try round.run()
            return .passed(sabotageStruck: round.saboteur.hasStruck)
        } catch {
            let failure = Failure(
                seed: seed, round: number, shards: shards, fault: error, history: round.history.tail)
            return .failed(failure, sabotageStruck: round.saboteur.hasStruck)
        }
    }
}

extension Simulator.Failure: CustomStringConvertible {
    public var description: String {
        (history + [
            "", "seed \(seed), round \(round): \(fault)",
            "again: martlet-simulate --seed \(seed) --rounds 1 --trace\(shards == 1 ? "" : " --shards \(shards)")",
        ])
        .joined(separator: "\n")
    }
}
