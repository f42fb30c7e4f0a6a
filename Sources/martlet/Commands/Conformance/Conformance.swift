import ArgumentParser
import MQTTClient
import MQTTConformance

struct Conformance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that a broker does what the standard says, from outside.",
        discussion: """
            Connects as many clients to a broker, and looks at every answer, byte by byte. Each check names the statements of \
            the standard that it is about; docs/conformance.md says what they are. It leaves nothing behind on the broker.

            EXIT STATUS: 0 all that the broker offers is right; 1 something is not; 69 the broker cannot be reached.
            """)

    @Argument(help: "The broker: mqtt://HOST:PORT, mqtts://, ws://, wss:// or unix:///PATH.")
    var url = "mqtt://127.0.0.1:1883"

    @OptionGroup
    var access: AccessOptions

    @Option(help: "Only checks with this in their group, name or statements.")
    var only: String?

    @Option(help: "Seconds to wait for one answer.")
    var timeout = 5.0

    @Option(name: [.short, .long], help: "Checks at a time.")
    var jobs = 8

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "List the checks, and do not run them.")
    var list = false

    func validate() throws {
        guard timeout > 0, timeout <= 3_600 else { throw ValidationError("the timeout is out of bounds") }
        guard !checks.isEmpty else {
            throw ValidationError(
                "no check has \"\(only ?? "")\" in its group, name or statements; --list shows all")
        }
        guard (1...1_000).contains(jobs) else { throw ValidationError("1 to 1000 checks can run at a time") }
    }

    private var checks: [Check] {
        guard let only = only?.lowercased() else { return Check.all }
        return Check.all.filter { check in
            ([check.group, check.name] + check.statements).contains { $0.lowercased().contains(only) }
        }
    }

    func run() async throws {
        if list {
            for check in checks { StandardOutput.write(line: ConformanceReport.line(of: check)) }
            return
        }
        var configuration: ClientConfiguration
        do { configuration = try ClientConfiguration(url) } catch { throw ValidationError("\(error)") }
        try access.apply(to: &configuration)
        do {
            let results = try await ConformanceRun(
                configuration, time: .nanoseconds(Int64(timeout * 1e9)), concurrency: jobs
            ).run(checks)
            let report = ConformanceReport(server: url, results: results)
            StandardOutput.write(line: json ? report.json() : report.text())
            guard report.failed == 0 else { throw ExitCode(1) }
        } catch let error as ClientError {
            StandardError.write(line: "error: \(error)")
            throw ExitStatus.unavailable.exitCode
        }
    }
}
