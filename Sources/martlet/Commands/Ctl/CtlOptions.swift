import ArgumentParser

/// Where the API is and who asks: what all of `martlet ctl` take.
struct CtlOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The administration listener. Default: http://127.0.0.1:\(AdminAddress.defaultPort).",
            valueName: "url"))
    var url: String?

    @Option(
        help: ArgumentHelp("A file with the token in its first line.", valueName: "file"),
        completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("The authority of an https: listener's certificate, in PEM.", valueName: "file"),
        completion: .file())
    var cafile: String?

    @Flag(help: "Print the broker's answer, in JSON, instead of a table.")
    var json = false
}

/// How long a list gets.
struct CtlPaging: ParsableArguments {
    @Option(help: ArgumentHelp("The most entries. Default: 100.", valueName: "number"))
    var limit = 100
}
