import Foundation
import NIOCore
import Testing

@testable import martlet

@Suite("Files and lines that are sent")
struct InputTests {
    /// How many descriptors of this process stand for a file.
    private func descriptors(of path: String) -> Int {
        let directory = "/proc/self/fd"
        let all = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return all.count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")) == path
        }
    }

    private func with(_ bytes: [UInt8], _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "martlet-input-\(UUID())").path
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    #if os(Linux)
        @Test("A file is closed when nobody reads it any more")
        func closed() async throws {
            try await with([1, 2, 3]) { path in
                do {
                    let file = try #require(InputFile(path: path))
                    #expect(descriptors(of: path) == 1)
                    #expect(try await file.readAll() == [1, 2, 3])
                }
                #expect(descriptors(of: path) == 0)
            }
            #expect(InputFile(path: "/no/such/file") == nil)
        }
    #endif

    @Test("What cannot be read, as a directory, is an error, and no end")
    func unreadable() async throws {
        let path = FileManager.default.temporaryDirectory.path
        let file = try #require(InputFile(path: path))
        let error = await #expect(throws: ToolError.self) { try await file.readAll() }
        #expect(error?.text == "Unable to read file \"\(path)\": Is a directory.")
        var lines = InputLines(file)
        await #expect(throws: ToolError.self) { try await lines.batch() }
    }

    @Test(
        "Lines come without their ends, the last one without an end too",
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]),
            ("a\n\n\nb\n", ["a", "", "", "b"]), ("a\r\n", ["a\r"]),
        ])
    func lines(text: String, expected: [String]) async throws {
        try await with(Array(text.utf8)) { path in
            var lines = InputLines(try #require(InputFile(path: path)))
            var found: [String] = []
            while let line = try await lines.next() { found.append(String(buffer: line)) }
            #expect(found == expected)
        }
    }

    @Test("Lines that are longer than what is read at once, and many in one piece")
    func long() async throws {
        let expected = [200_000, 0, 65_535, 65_536, 65_537, 1] + Array(repeating: 3, count: 50_000)
        let bytes = expected.flatMap { Array(repeating: UInt8(ascii: "x"), count: $0) + [10] }
        try await with(bytes) { path in
            var lines = InputLines(try #require(InputFile(path: path)))
            var found: [Int] = []
            while true {
                let batch = try await lines.batch()
                guard !batch.isEmpty else { break }
                found += batch.map(\.readableBytes)
            }
            #expect(found == expected)
        }
    }
}
