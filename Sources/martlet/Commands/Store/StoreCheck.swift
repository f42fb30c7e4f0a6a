import ArgumentParser
import MQTTStorage

extension StoreCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look for damage, and for rows that do not hang together.",
            discussion: """
                Reads the whole file: pages, rows, and what refers to what. Prints each finding on a line; ends \
                with 65 if there is one. Nothing is changed.

                \(StoreCommand.exitStatus)
                """)

        @OptionGroup
        var place: Place

        func run() async throws {
            let findings = try await StoreAccess.read(try place.directory()) { try $0.check() }
            guard findings.isEmpty else {
                for finding in findings { print(finding) }
                throw ExitStatus.dataError.exitCode
            }
            print("the store is sound")
        }
    }
}
