import ArgumentParser
import MQTTManagement

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct CtlToken: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make and remove tokens of the API, in the broker's file of tokens.",
        discussion: "A running broker takes the new file by itself.",
        subcommands: [Create.self, List.self, Remove.self], defaultSubcommand: List.self)

    /// Where the file is.
    struct File: ParsableArguments {
        @Option(help: ArgumentHelp("The file of tokens.", valueName: "file"), completion: .file())
        var file: String?

        @Option(
            help: ArgumentHelp(
                "The broker's data directory, where the file is \(Administration.tokenFileName).",
                valueName: "dir"), completion: .directory)
        var data: String?

        func validate() throws {
            if file != nil && data != nil { throw ValidationError("give one of --file and --data") }
        }

        var path: String {
            get throws {
                if let file { return file }
                if let data { return data + "/" + Administration.tokenFileName }
                let directory = try Report.orExit(.cannotCreate) { () throws(DataDirectoryProblem) in
                    try DataDirectory.defaultPath(environment: ProcessInfo.processInfo.environment)
                }
                return directory + "/" + Administration.tokenFileName
            }
        }

        func tokens() throws -> [AdminToken] {
            let path = try path
            guard FileManager.default.fileExists(atPath: path) else { return [] }
            return try Report.orExit(.configuration) { try AdminTokenFile.tokens(at: path) }
        }

        func write(_ tokens: [AdminToken]) throws {
            let path = try path
            try Report.orExit(.cannotCreate) { try AdminTokenFile.write(tokens, to: path) }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token, which is told once. One of the same name is replaced.")

        @OptionGroup var file: File
        @Argument(help: "Whose token it is: the audit log has this name.")
        var name: String
        @Option(help: "What it allows: read, operate or admin.")
        var role = AdminRole.read

        func validate() throws {
            guard AdminToken.isName(name) else {
                throw ValidationError("a name has letters, digits, - _ . and @, 64 at the most")
            }
        }

        func run() throws {
            let (token, secret) = AdminToken.make(name: name, role: role)
            try file.write(try file.tokens().filter { $0.name != name } + [token])
            StandardError.write(
                line: "The token of \(name), which is not told again; its hash is in \(try file.path):")
            print(secret)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List names and roles.")

        @OptionGroup var file: File

        func run() throws {
            for token in try file.tokens() { print("\(token.name)  \(token.role.rawValue)") }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a token: it is worth nothing then.")

        @OptionGroup var file: File
        @Argument(help: "Whose token.")
        var name: String

        func run() throws {
            let tokens = try file.tokens()
            guard tokens.contains(where: { $0.name == name }) else {
                StandardError.write(line: "error: there is no token of \(name)")
                throw ExitCode.failure
            }
            try file.write(tokens.filter { $0.name != name })
        }
    }
}

extension AdminRole: ExpressibleByArgument {}
