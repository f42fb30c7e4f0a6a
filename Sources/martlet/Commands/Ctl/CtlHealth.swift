import ArgumentParser

struct CtlHealth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Tell whether the broker runs and its store works; needs no token. For health checks.")

    @OptionGroup var options: CtlOptions

    func run() async throws {
        try await CtlConnection(options).checkHealth()
        print("ready")
    }
}
