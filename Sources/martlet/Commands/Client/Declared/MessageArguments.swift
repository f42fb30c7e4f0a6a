import ArgumentParser

/// What `pub` and `rr` publish, and where. Declared for the help, the manual and the shells' completions; ``ToolOptions`` reads them.
struct MessageArguments: ParsableArguments {
    @Option(
        name: [.customShort("t"), .customLong("topic")],
        help: ArgumentHelp("Where to publish it.", valueName: "topic"))
    var topic: String?

    @Option(
        name: [.customShort("q"), .customLong("qos")],
        help: ArgumentHelp("Quality of service: 0.", valueName: "qos"), completion: .list(["0", "1", "2"]))
    var qos: String?

    @Option(
        name: [.customShort("m"), .customLong("message")],
        help: ArgumentHelp("The message.", valueName: "text"))
    var message: String?

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("A file is the message.", valueName: "file"), completion: .file())
    var file: String?

    @Flag(
        name: [.customShort("s"), .customLong("stdin-file")], help: "All of standard input is the message.")
    var standardInput = false

    @Flag(
        name: [.customShort("l"), .customLong("stdin-line")],
        help: "Every line of standard input is a message.")
    var lines = false

    @Flag(name: [.customShort("n"), .customLong("null-message")], help: "The message is empty.")
    var null = false
}
