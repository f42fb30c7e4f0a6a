import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct CtlUsers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Users and their passwords.",
        subcommands: [List.self, Set.self, Remove.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        @OptionGroup var options: CtlOptions

        func run() async throws {
            try await CtlOutput.list(options, "/users", CtlTable(columns: [("USER", "name")]))
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a user, or change a password; it is asked for, or read from standard input.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "The user's name.")
        var user: String

        func run() async throws {
            guard let password = PasswordPrompt.newPassword(for: user) else { throw ExitCode.failure }
            try await CtlConnection(options).call(
                .PUT, "/users/\(CtlConnection.encoded(user))",
                body: CtlOutput.object([("password", .text(password))]))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a user.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "The user's name.")
        var user: String

        func run() async throws {
            try await CtlConnection(options).call(.DELETE, "/users/\(CtlConnection.encoded(user))")
        }
    }
}

struct CtlRules: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "What clients may do.",
        subcommands: [Show.self, Replace.self, Explain.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the rules.")

        @OptionGroup var options: CtlOptions

        func run() async throws {
            let rules = try CtlOutput.read(try await CtlConnection(options).call(.GET, "/access-rules"))
            try CtlOutput.show(options, rules) { rules["text"]?.text ?? "" }
        }
    }

    struct Replace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the rules of a file in the place of all, if they are right as a whole.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "The file.", completion: .file())
        var file: String

        func run() async throws {
            let text = try Report.orExit(.configuration) { try String(contentsOfFile: file, encoding: .utf8) }
            try await CtlConnection(options).call(
                .PUT, "/access-rules", body: CtlOutput.object([("text", .text(text))]))
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a client may do something, and which rule says so; ends with 1 for a no.")

        @OptionGroup var options: CtlOptions
        @Argument(help: "publish or subscribe.")
        var operation: String
        @Argument(help: "The topic, or the topic filter.")
        var topic: String
        @Option(help: "The user's name.")
        var user: String?
        @Option(help: "The client identifier.")
        var client: String?

        func run() async throws {
            let body = CtlOutput.object([
                ("operation", .text(operation)), ("topic", .text(topic)), ("user", user.map { .text($0) }),
                ("client", client.map { .text($0) }),
            ])
            let answer = try CtlOutput.read(
                try await CtlConnection(options).call(.POST, "/access-rules/explain", body: body))
            let isAllowed = answer["allowed"]?.text == "yes"
            try CtlOutput.show(options, answer) {
                "\(isAllowed ? "yes" : "no"): \(answer["because"]?.text ?? "")\n"
            }
            if !isAllowed { throw ExitCode.failure }
        }
    }
}
