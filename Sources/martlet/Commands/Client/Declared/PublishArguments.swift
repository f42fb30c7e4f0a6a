import ArgumentParser

/// What only `pub` has. Declared for the help, the manual and the shells' completions; ``ToolOptions`` reads them.
struct PublishArguments: ParsableArguments {
    @Flag(name: [.customShort("r"), .customLong("retain")], help: "Let the broker keep it.")
    var retain = false

    @Option(
        name: [.customLong("repeat")],
        help: ArgumentHelp("Publish it so often; not with -l.", valueName: "number"))
    var repeatCount: String?

    @Option(
        name: [.customLong("repeat-delay")], help: ArgumentHelp("Wait in between.", valueName: "seconds"))
    var repeatDelay: String?
}
