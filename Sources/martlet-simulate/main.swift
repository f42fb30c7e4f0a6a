import ArgumentParser
import MQTTSimulator

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Runs the broker against its reference, in a simulated world.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-simulate",
        abstract: "Drives the broker with random clients in a simulated world and checks every packet.",
        discussion: "Exits with 1 at the first fault, after the steps that led to it.")

    @Option(
        name: .customLong("seed"), help: "The seed of the first round; the others follow it. Default: any.")
    var givenSeed: UInt64?

    @Option(help: "How many rounds to run.")
    var rounds = 1000

    @Option(help: "How many shards the broker has, 1 to 64.")
    var shards = 1

    @Flag(help: "Print every step.")
    var trace = false

    @Flag(help: "Run all rounds and tell of every fault, without histories.")
    var keepGoing = false

    func validate() throws {
        guard (1...64).contains(shards) else { throw ValidationError("--shards is 1 to 64") }
    }

    func run() throws {
        let simulator = Simulator(shards: shards)
        let seed = givenSeed ?? UInt64.random(in: 1...999_999_999)
        var faults = 0
        for number in 0..<rounds {
            let current = seed &+ UInt64(number)
            // Were the broker to crash, this would be the last word.
            write("\rseed \(current) ", to: STDERR_FILENO)
            let trace = trace ? { (line: String) in write(line + "\n", to: STDOUT_FILENO) } : nil
            let outcome = simulator.runRound(seed: current, round: number, trace: trace)
            guard case .failed(let failure, _) = outcome else { continue }
            guard keepGoing else {
                write("\n\(failure)\n", to: STDOUT_FILENO)
                throw ExitCode.failure
            }
            faults += 1
            write("\rseed \(failure.seed): \(failure.fault)\n", to: STDOUT_FILENO)
        }
        write("\r", to: STDERR_FILENO)
        write("seeds \(seed) to \(seed &+ UInt64(rounds) - 1): \(faults) faults\n", to: STDOUT_FILENO)
        if faults > 0 { throw ExitCode.failure }
    }
}

/// Writes at once: a crash must not swallow what led to it.
private func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

Simulate.main()
