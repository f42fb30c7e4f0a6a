import ArgumentParser

struct CtlConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "The configuration: what runs, what would change, reload.",
        subcommands: [Show.self, Pending.self, Reload.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All settings that the broker runs with.")

        @OptionGroup var options: CtlOptions

        func run() async throws {
            try await CtlOutput.list(
                options, "/configuration",
                CtlTable(columns: [("SETTING", "path"), ("VALUE", "value"), ("DEFAULT", "isDefault")]))
        }
    }

    struct Pending: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What a reload would change.")

        @OptionGroup var options: CtlOptions

        func run() async throws {
            try CtlConfig.show(
                options, try await CtlConnection(options).call(.GET, "/configuration/pending"))
        }
    }

    struct Reload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Read the configuration again; if anything is wrong, nothing changes, and it ends with 1."
        )

        @OptionGroup var options: CtlOptions

        func run() async throws {
            try CtlConfig.show(
                options,
                try await CtlConnection(options).call(.POST, "/configuration/reload", alsoTaking: 422))
        }
    }

    private static func show(_ options: CtlOptions, _ bytes: [UInt8]) throws {
        let answer = try CtlOutput.read(bytes)
        let problems = answer["problems"]?.elements ?? answer["error"].map { [$0] } ?? []
        let changes = answer["changes"]?.elements ?? []
        try CtlOutput.show(options, answer) {
            guard problems.isEmpty else { return "" }
            guard !changes.isEmpty else { return "Nothing is otherwise.\n" }
            return CtlTable(columns: [
                ("SETTING", "path"), ("WAS", "running"), ("IS WANTED", "wanted"),
                ("NEEDS A RESTART", "needsRestart"),
            ]).text(of: changes)
        }
        for problem in problems { StandardError.write(line: "error: \(problem.text ?? "")") }
        if !problems.isEmpty { throw ExitCode.failure }
    }
}

struct CtlLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level", abstract: "Show the levels of the log, or change the one of an area.")

    @OptionGroup var options: CtlOptions
    @Argument(help: "The area; all stands for all of them.")
    var area: String?
    @Argument(help: "The least important events that are logged.")
    var level: String?

    func validate() throws {
        if (area == nil) != (level == nil) { throw ValidationError("an area goes with a level") }
    }

    func run() async throws {
        guard let area, let level else {
            return try await CtlOutput.list(
                options, "/log-levels", CtlTable(columns: [("AREA", "area"), ("LEVEL", "level")]))
        }
        try await CtlConnection(options).call(
            .PUT, "/log-levels", body: CtlOutput.object([("area", .text(area)), ("level", .text(level))]))
    }
}
