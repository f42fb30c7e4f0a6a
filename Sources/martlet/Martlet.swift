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
        refuseMalformedArguments()
        if CommandLine.arguments.count > 1, let kind = ToolKind(rawValue: CommandLine.arguments[1]) {
            await Tool.main(kind, Array(CommandLine.arguments.dropFirst(2)))
        }
        await main(nil)
    }

    /// Arguments are text here, and what is no UTF-8 would be something else by now: nothing is done with that.
    private static func refuseMalformedArguments() {
        let arguments = CommandLine.arguments
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = unsafe CommandLine.unsafeArgv[index],
                unsafe String(validatingCString: argument) == nil
            else { continue }
            StandardError.write(line: "Error: Malformed UTF-8 in argument \(index), \"\(arguments[index])\".")
            let isTool = arguments.count > 1 && ToolKind(rawValue: arguments[1]) != nil
            exit(withError: ExitCode(isTool ? 1 : ExitStatus.usage.rawValue))
        }
    }
}
