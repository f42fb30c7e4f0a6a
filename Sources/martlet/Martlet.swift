import ArgumentParser

@main
struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "An MQTT broker for 3.1, 3.1.1 and 5.0.",
        discussion: ExitStatus.help,
        version: "martlet \(Version.current)",
        subcommands: [
            Serve.self, Pub.self, Sub.self, RequestResponse.self, Bench.self, Doctor.self, Conformance.self,
            CheckConfig.self, Setup.self, Passwd.self, Cert.self, Can.self, Ctl.self, StoreCommand.self,
            ConfigurationReference.self,
        ])

    static func main() async {
        if CommandLine.arguments.count > 1, let kind = ToolKind(rawValue: CommandLine.arguments[1]) {
            await Tool.main(kind, Array(CommandLine.arguments.dropFirst(2)))
        }
        await main(nil)
    }
}
