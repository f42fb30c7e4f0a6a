import MQTTClient
import MQTTCodec
import NIOCore

/// Runs the checks against a broker.
public struct ConformanceRun: Sendable {
    public struct Result: Sendable {
        public let check: Check
        public let verdict: Verdict
    }

    private let configuration: ClientConfiguration
    private let time: Duration
    private let concurrency: Int

    /// - Parameters:
    ///   - configuration: where the broker is, and with which credentials.
    ///   - time: how long to wait for one answer.
    ///   - concurrency: checks at a time.
    public init(_ configuration: ClientConfiguration, time: Duration = .seconds(5), concurrency: Int = 8) {
        self.configuration = configuration
        self.time = time
        self.concurrency = max(1, concurrency)
    }

    /// - Parameter done: called with each result as it comes.
    /// - Returns: all results, in the order of the checks.
    /// - Throws: ``ClientError`` when the broker cannot be reached at all.
    public func run(
        _ checks: [Check] = Check.all, done: (Result) -> Void = { _ in }
    ) async throws -> [Result] {
        let offer = try await offer()
        let name = "conformance-" + String(UInt32.random(in: .min ... .max), radix: 36)
        var results: [Int: Result] = [:]
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var next = 0
            func start() {
                guard next < checks.count else { return }
                let number = next
                next += 1
                group.addTask { (number, await self.run(checks[number], "\(name)-\(number)", offer)) }
            }
            for _ in 0..<concurrency { start() }
            for try await (number, result) in group {
                results[number] = result
                done(result)
                start()
            }
        }
        return checks.indices.compactMap { results[$0] }
    }

    /// What the broker says about itself.
    private func offer() async throws -> ServerLimits {
        var configuration = configuration
        configuration.version = .v5
        configuration.reconnect = nil
        do {
            return try await MQTTClient.withConnection(configuration) { await $0.serverLimits }
        } catch ClientError.connectionRefused(.unsupportedProtocolVersion, _) {
            return ServerLimits()
        }
    }

    private func run(_ check: Check, _ prefix: String, _ offer: ServerLimits) async -> Result {
        let trial = Trial(configuration, version: check.version, prefix: prefix, offer: offer, time: time)
        let verdict: Verdict
        do {
            try await check.body(trial)
            verdict = .passed
        } catch let error as NotOffered {
            verdict = .notOffered(error.what)
        } catch {
            verdict = .failed("\(error)")
        }
        await trial.cleanUp()
        return Result(check: check, verdict: verdict)
    }
}
