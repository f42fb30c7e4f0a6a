import ArgumentParser
import MQTTAuth

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Check a configuration file and report every error in it.",
        discussion: """
            The file is checked, and the files that it names are: environment variables and flags are left out, and nothing is started, \
            created or locked. Ends with \(ExitStatus.success.rawValue) if it is right, else with \
            \(ExitStatus.configuration.rawValue).
            """)

    @Argument(help: "The YAML file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    func run() async throws {
        let text = try Report.orExit(.configuration) { () throws(ConfigurationProblem) in
            try ConfigurationFile.read(file)
        }
        let loaded = LoadedConfiguration(file: (file, text), environment: [:], flags: FlagConfiguration())
        try Report.check(loaded)
        _ = try await Report.orExit(.configuration) { () async throws(FileProblem) in
            try await Security(loaded.configuration)
        }
        print("\(file) is right.")
    }
}
