import ArgumentParser
import MQTTStorage

extension StoreCommand {
    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give back the space that deleted messages have left.",
            discussion: """
                Writes the file anew, which needs room for it once more. A running broker does it itself: \
                meanwhile nothing is acknowledged that has to be stored, for about a second for each few \
                hundred megabytes that are in use.

                \(StoreCommand.exitStatus)
                """)

        @OptionGroup
        var place: Place

        func run() async throws {
            let directory = try place.directory()
            let (before, after) = try await StoreAccess.reach(directory) {
                try StoreCompaction.run(directory: directory)
            } asking: {
                guard let sizes = try await ControlSocket.ask(.compact, in: directory).compacted else {
                    throw ControlProblem(text: "the broker did not compact the store")
                }
                return (sizes.before, sizes.after)
            }
            print("\(before) bytes before, \(after) now")
        }
    }
}
