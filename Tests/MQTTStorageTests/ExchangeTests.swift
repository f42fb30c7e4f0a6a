import Foundation
import MQTTCodec
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// Exports, backups, and taking them back.
@Suite("Storage: export, backup, import")
struct ExchangeTests {
    private let directory: TemporaryDirectory
    private let other: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        other = try TemporaryDirectory()
    }

    private func fill() async throws -> Tables {
        let file = try StoreFileOnDisk(directory)
        await file.commit(1, FullStore.operations)
        let tables = try await file.tables()
        await file.store.close()
        return tables
    }

    private func exported() throws -> String {
        var text: [UInt8] = []
        try StoreFile(directory: directory.path).export { text += $0 }
        return String(decoding: text, as: UTF8.self)
    }

    private func write(_ text: String) throws -> String {
        let path = other.path + "/input"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func tables(_ directory: TemporaryDirectory) async throws -> Tables {
        let file = try StoreFileOnDisk(directory)
        let tables = try await file.tables()
        await file.store.close()
        return tables
    }

    @Test("What is exported and imported is what was there: everything, with all its values")
    func roundTrip() async throws {
        let before = try await fill()
        let text = try exported()
        let report = try StoreImport.run(from: try write(text), into: other.path, replace: false)
        #expect(try await tables(other) == before)
        #expect(report.source == .export)
        #expect(report.sessions == 2 && report.subscriptions == 4 && report.sharedSubscriptions == 1)
        #expect(
            report.messages == 2 && report.retained == 2 && report.deliveries == 4 && report.received == 2)
        #expect(report.wills == 1 && report.leftOut.isEmpty && report.setAside == nil)
        #expect(try StoreFile(directory: other.path).check() == [])
    }

    @Test("A backup holds everything, only its owner may read it, and it is taken back")
    func backup() async throws {
        let before = try await fill()
        let copy = other.path + "/copy"
        try StoreFile(directory: directory.path).backup(to: copy)
        #expect(try other.modes["copy"] == 0o600)
        #expect(throws: StoreError.self) { try StoreFile(directory: directory.path).backup(to: copy) }
        let report = try StoreImport.run(from: copy, into: other.path, replace: false)
        #expect(report.source == .backup && report.sessions == 2 && report.deliveries == 4)
        #expect(try await tables(other) == before)
    }

    @Test("A backup while the store is written holds one state of it, and nobody waits for it")
    func backupWhileWriting() async throws {
        let file = try StoreFileOnDisk(directory)
        // Two rows that are always written together.
        func pair(_ number: Int64) -> [StoreOperation] {
            [.saveMessage(Rows.message(number * 2)), .saveMessage(Rows.message(number * 2 + 1))]
        }
        await file.commit(1, pair(0))
        async let writing: Void = {
            for number in 1...200 { await file.commit(UInt64(number), pair(Int64(number))) }
        }()
        for number in 0..<5 {
            let copy = other.path + "/copy\(number)"
            try StoreFile(directory: directory.path).backup(to: copy)
            #expect(try StoreFile(path: copy).check() == [])
            let messages = try StoreFile(path: copy).statistics().messages
            #expect(messages >= 2 && messages % 2 == 0)
        }
        await writing
        #expect(try await file.tables().messages.count == 402)
        await file.store.close()
    }

    @Test("A store with something in it is not overwritten; asked to, it is set aside")
    func replace() async throws {
        let before = try await fill()
        let input = try write(try exported())
        _ = try StoreImport.run(from: input, into: other.path, replace: false)
        #expect(throws: StoreError.self) {
            try StoreImport.run(from: input, into: other.path, replace: false)
        }
        for name in ["replaced", "replaced-2"] {
            let report = try StoreImport.run(from: input, into: other.path, replace: true)
            #expect(report.setAside == other.file + "." + name)
            #expect(FileManager.default.fileExists(atPath: other.file + "." + name))
        }
        #expect(try await tables(other) == before)
    }

    @Test(
        "An export that is not whole, or says what cannot be, is refused with its line, and changes nothing",
        arguments: [
            (#"{"end"#, "", "its last line is missing"), ("\"lines\":", "\"lines\":1", "lines were written"),
            ("\"version\":1}", "\"version\":2}", "line 1: this version reads exports of version 1"),
            ("\"qos\":2", "\"qos\":3", "3 is no QoS"),
            ("\"state\":\"queued\"", "\"state\":\"?\"", "no state"),
            ("\"session\":10", "\"session\":99", "session 99 is not there"),
            ("\"message\":30", "\"message\":99", "message 99 is not there"),
            ("f/1/#", "f/#/1", "is no topic filter"),
            ("\"topic\"", "\"tpoic\"", "line 2: session.will has no topic"),
            ("\"content-type\"", "\"content\"", "the property content has no valid value"),
            ("{\"received\"", "{{", "no JSON"), ("{\"received\":{", "{\"else\":{", "nothing that is known"),
        ])
    func refused(text: String, replacement: String, reason: String) async throws {
        _ = try await fill()
        var lines = try exported().split(separator: "\n").map(String.init)
        if replacement.isEmpty {
            lines.removeAll { $0.hasPrefix(text) }
        } else {
            let index = try #require(lines.firstIndex { $0.contains(text) })
            lines[index] = lines[index].replacing(text, with: replacement)
        }
        let input = try write(lines.joined(separator: "\n"))
        do {
            _ = try StoreImport.run(from: input, into: other.path, replace: false)
            Issue.record("it was taken")
        } catch let error as StoreError {
            #expect(error.description.contains(reason), "\(error)")
        }
        #expect(try Array(other.modes.keys) == ["input"])
    }

    @Test("What is no export, backup or file of Mosquitto's is refused")
    func unknown() async throws {
        for text in ["", "hello", "SQLite format 3\0"] {
            let input = try write(text)
            #expect(throws: (any Error).self) {
                try StoreImport.run(from: input, into: other.path, replace: false)
            }
        }
        #expect(throws: StoreError.self) {
            try StoreImport.run(from: other.path + "/missing", into: other.path, replace: false)
        }
    }
}
