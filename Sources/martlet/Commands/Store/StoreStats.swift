import ArgumentParser
import Foundation
import MQTTStorage

extension StoreCommand {
    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell how much is stored.", discussion: StoreCommand.exitStatus)

        @OptionGroup
        var place: Place

        @Flag(help: "One object of JSON.")
        var json = false

        func run() async throws {
            let directory = try place.directory()
            let statistics = try await StoreAccess.reach(directory) {
                try StoreAccess.settle(directory + "/" + StoreFile.name)
                return try StoreFile(directory: directory).statistics()
            } asking: {
                guard let statistics = try await ControlSocket.ask(.statistics, in: directory).statistics
                else {
                    throw ControlProblem(text: "the broker gave no numbers")
                }
                return statistics
            }
            if json {
                let encoder = JSONEncoder()
                encoder.keyEncodingStrategy = .convertToSnakeCase
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
                print(String(decoding: try encoder.encode(statistics), as: UTF8.self))
            } else {
                for (name, value) in Self.lines(statistics) {
                    print(name.padding(toLength: 22, withPad: " ", startingAt: 0) + value)
                }
            }
        }

        private static func lines(_ statistics: StoreStatistics) -> [(String, String)] {
            [
                ("sessions", "\(statistics.sessions), \(statistics.wills) with a will"),
                ("subscriptions", "\(statistics.subscriptions)"),
                ("shared subscriptions", "\(statistics.sharedSubscriptions)"),
                ("retained messages", "\(statistics.retainedMessages)"),
                ("queued", "\(statistics.queued)"), ("in flight", "\(statistics.inFlight)"),
                ("received, unreleased", "\(statistics.received)"),
                ("messages", "\(statistics.messages), \(statistics.messageBytes) bytes"),
                (
                    "file",
                    "\(statistics.fileBytes) bytes, \(statistics.freeBytes) of them free; log \(statistics.logBytes) bytes"
                ),
                ("schema", statistics.schema),
            ]
        }
    }
}
