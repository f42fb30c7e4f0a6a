import ArgumentParser
import MQTTStorage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension StoreCommand {
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the store, also while the broker runs.",
            discussion: """
                The copy holds one state of the store: everything that was acknowledged before the command began \
                is in it. It is synced when the command ends. martlet store import takes it back. The data \
                directory needs room for the copy, too, while the broker runs.

                  martlet store backup --data DIR /backups/martlet.sqlite3

                \(StoreCommand.exitStatus)
                """)

        @OptionGroup
        var place: Place

        @Argument(help: "The file to write. There may be none of that name.", completion: .file())
        var target: String

        func run() async throws {
            guard !FileManager.default.fileExists(atPath: target) else {
                StandardError.write(line: "error: \(target): File exists; a backup is written to a new file")
                throw ExitStatus.cannotCreate.exitCode
            }
            try await StoreAccess.read(try place.directory()) { try $0.backup(to: target) }
        }
    }
}
