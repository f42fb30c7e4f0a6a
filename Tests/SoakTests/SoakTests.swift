import Foundation
import Testing

@Suite("A client behind a bad network", .serialized, .timeLimit(.minutes(30)))
struct SoakTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// Each with a hundred faults. All ten take minutes; every build tries two.
    private static let seeds: [UInt64] =
        environment["MARTLET_SEED"].flatMap(UInt64.init).map { [$0] }
        ?? Array(1...(environment["MARTLET_SOAK"] == nil ? 2 : 10))

    /// MARTLET_SOAK_BROKER=1883: another broker, on that port of this machine.
    private static let otherBroker = environment["MARTLET_SOAK_BROKER"].flatMap { Int($0) }

    @Test(
        "QoS 1 and 2 are right, both ways, over a thousand cuts, delays and connections that die unseen",
        arguments: seeds)
    func cuts(seed: UInt64) async throws {
        let outcome = try await Traffic(seed: seed, otherBroker: Self.otherBroker).run { $0 <= 100 }
        #expect(outcome.faults.isEmpty, "seed \(seed)")
        #expect(outcome.connections > 100)
    }

    @Test("For a long time, without growing", .enabled(if: environment["MARTLET_SOAK"] != nil))
    func soak() async throws {
        let seconds = Double(Self.environment["MARTLET_SOAK"] ?? "") ?? 600
        let seed = Self.environment["MARTLET_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...1_000_000)
        print("seed \(seed), \(Int(seconds)) seconds")
        let begin = ContinuousClock.now
        var warm: Int?
        let outcome = try await Traffic(seed: seed, otherBroker: Self.otherBroker).run { connections in
            let passed = ContinuousClock.now - begin
            // What has to be allocated once has been by then.
            if warm == nil, passed > .seconds(seconds / 5) {
                warm = Self.residentKilobytes
                print("after \(Int(seconds / 5)) seconds, \(connections) connections: \(warm ?? 0) KiB")
            }
            return passed < .seconds(seconds)
        }
        let last = Self.residentKilobytes
        print("\(outcome.connections) connections, \(outcome.messages * 4) messages: \(last) KiB")
        #expect(outcome.faults.isEmpty, "seed \(seed)")
        #expect(last < (warm ?? last) * 11 / 10 + 8_192)
    }

    /// Memory of this process; 0 where there is no /proc.
    private static var residentKilobytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
