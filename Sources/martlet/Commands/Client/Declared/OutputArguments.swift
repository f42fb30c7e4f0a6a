import ArgumentParser

/// How `sub` and `rr` print. Declared for the help, the manual and the shells' completions; ``ToolOptions`` reads them.
struct OutputArguments: ParsableArguments {
    @Option(
        name: [.customShort("F")],
        help: ArgumentHelp(
            "How a message is printed: %t topic, %p payload, %x %X payload in hexadecimal, %l its length, %q QoS, %r retain, %m packet identifier, %j JSON, %J JSON with a payload of JSON, %I %U time, %A %C %D %E %F %P %R %S properties of MQTT 5.0, @X a conversion of strftime, \\n \\t and so on; widths as in %-20t and %05l.",
            valueName: "format"))
    var format: String?

    @Flag(name: [.customShort("v"), .customLong("verbose")], help: "The topic before the payload.")
    var verbose = false

    @Flag(name: [.customShort("N")], help: "No end of line after a message.")
    var noEnd = false

    @Flag(name: [.customLong("pretty")], help: "JSON with line breaks.")
    var pretty = false

    @Flag(name: [.customShort("R")], help: "Leave out retained messages.")
    var leavesOutRetained = false

    @Option(
        name: [.customShort("W")],
        help: ArgumentHelp("End after so many seconds, with exit status 27.", valueName: "seconds"))
    var timeout: String?
}
