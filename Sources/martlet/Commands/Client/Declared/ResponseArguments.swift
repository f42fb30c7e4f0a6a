import ArgumentParser

/// Where `rr` is answered. Declared for the help, the manual and the shells' completions; ``ToolOptions`` reads them.
struct ResponseArguments: ParsableArguments {
    @Option(
        name: [.customShort("e")], help: ArgumentHelp("Where the answer comes.", valueName: "topic"))
    var responseTopic: String?
}
