import Foundation
import MQTTClient

/// An outbox in a directory, a file for each message. Simple, and as safe as the file system.
struct DirectoryOutbox: OutboxStore {
    private let directory: URL

    init(_ path: String) throws {
        directory = URL(filePath: path, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private func file(_ number: UInt64) -> URL { directory.appending(path: "\(number).message") }

    func load() async throws -> [OutboxEntry] {
        try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil).compactMap
        { file in
            guard let number = UInt64(file.deletingPathExtension().lastPathComponent) else { return nil }
            return OutboxEntry(number: number, bytes: Array(try Data(contentsOf: file)))
        }
    }

    func store(_ entry: OutboxEntry) async throws {
        try Data(entry.bytes).write(to: file(entry.number), options: .atomic)
    }

    func remove(_ number: UInt64) async throws { try FileManager.default.removeItem(at: file(number)) }
}
