import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Check, copy, export, import and compact what the broker has stored.",
        discussion: """
            The store is one file in the data directory. Where a broker uses the directory, it is asked through \
            martlet.sock there: all but import work while it runs, and clients do not notice.

            \(exitStatus)
            """,
        subcommands: [Check.self, Stats.self, Export.self, Import.self, Backup.self, Compact.self])

    static let exitStatus = """
        EXIT STATUS:
           0  done, and nothing wrong was found
          64  the command line is wrong
          65  the store or the file that is read is damaged, or not what it should be
          66  there is no store
          69  a broker uses the directory, and does not answer or cannot do it
          70  something else went wrong, such as a full disk
          73  the data directory or the target cannot be used
        """

    /// Where the store is.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The broker's data directory. Default: the one that martlet serve uses without settings.",
                valueName: "dir"),
            completion: .directory)
        var data: String?

        func directory() throws(ExitCode) -> String {
            if let data { return data }
            return try Report.orExit(.cannotCreate) { () throws(DataDirectoryProblem) in
                try DataDirectory.defaultPath(environment: ProcessInfo.processInfo.environment)
            }
        }
    }
}
