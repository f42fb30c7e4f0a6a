import ArgumentParser

struct CtlBans: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bans", abstract: "Who may not come in.",
        subcommands: [List.self, Add.self, Lift.self], defaultSubcommand: List.self)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case address, user, client }

    struct List: AsyncParsableCommand {
        @OptionGroup var options: CtlOptions

        func run() async throws {
            try await CtlOutput.list(
                options, "/bans",
                CtlTable(columns: [
                    ("KIND", "kind"), ("WHO", "subject"), ("SECONDS LEFT", "seconds"),
                    ("BY ORDER", "ordered"),
                    ("WHY", "reason"),
                ]))
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Ban somebody, and disconnect whom that concerns. It ends with the broker at the latest.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "address (or a range such as 192.0.2.0/24), user or client.")
        var kind: Kind
        @Argument(help: "Who.")
        var subject: String
        @Option(help: ArgumentHelp("How long. Default: until it is lifted.", valueName: "seconds"))
        var seconds: Int?
        @Option(help: "Why, for whoever looks at the list.")
        var reason: String?

        func run() async throws {
            try await CtlConnection(options).call(
                .POST, "/bans",
                body: CtlOutput.object([
                    ("kind", .text(kind.rawValue)), ("subject", .text(subject)),
                    ("seconds", seconds.map { .number(Double($0)) }), ("reason", reason.map { .text($0) }),
                ]))
        }
    }

    struct Lift: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a ban, one that the broker has made by itself too.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "address, user or client.")
        var kind: Kind
        @Argument(help: "Who, as the list has it.")
        var subject: String

        func run() async throws {
            try await CtlConnection(options).call(
                .DELETE, "/bans/\(kind.rawValue)/\(CtlConnection.encoded(subject))")
        }
    }
}
