import ArgumentParser
import MQTTClient

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give a broker a check-up: what it supports, how well, and what to do about it.",
        discussion: """
            Needs leave to publish and subscribe below martlet-doctor/, and leaves nothing behind there.

            EXIT STATUS: 0 the broker is well; 1 something is wrong; 69 the broker cannot be reached.
            """)

    @Argument(help: "The broker: mqtt://HOST:PORT, mqtts://, ws://, wss:// or unix:///PATH.")
    var url = "mqtt://127.0.0.1:1883"

    @OptionGroup
    var access: AccessOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
        var configuration: ClientConfiguration
        do { configuration = try ClientConfiguration(url) } catch { throw ValidationError("\(error)") }
        try access.apply(to: &configuration)
        configuration.reconnect = nil
        configuration.timeout = .seconds(10)
        do {
            let report = try await CheckUp(configuration, url: url).report()
            StandardOutput.write(line: json ? report.json() : report.text())
            guard !report.isIll else { throw ExitCode(1) }
        } catch let error as ClientError {
            StandardError.write(line: "error: \(error)")
            throw ExitStatus.unavailable.exitCode
        }
    }
}
