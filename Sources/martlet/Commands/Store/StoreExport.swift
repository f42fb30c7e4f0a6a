import ArgumentParser
import MQTTStorage

extension StoreCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write all that is stored as lines of JSON.",
            discussion: """
                Sessions, wills, subscriptions, retained, queued and in-flight messages, everything: see \
                docs/store.md for the format. To standard output, which should not be readable by others: \
                payloads are in it. The last line says that the export is whole.

                  martlet store export --data DIR > store.jsonl

                \(StoreCommand.exitStatus)
                """)

        @OptionGroup
        var place: Place

        func run() async throws {
            try await StoreAccess.read(try place.directory()) { file in
                try file.export { block in
                    guard StandardOutput.write(block) else {
                        throw ControlProblem(text: "standard output takes nothing more")
                    }
                }
            }
        }
    }
}
