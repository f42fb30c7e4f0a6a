import Foundation
import MQTTAuth
import MQTTCodec
import Testing

@Suite struct PasswordFileTests {
    private static let hash = "$7$1$AAAAAAAAAAAAAAAA$" + String(repeating: "A", count: 86) + "=="

    private static func problem(_ text: String) throws -> FileProblem {
        try #require(throws: FileProblem.self) { try PasswordFile(text, path: "f") }
    }

    @Test("Users are read in their order; comments and empty lines stay where they are")
    func roundTrip() throws {
        let text = "# people\nanna:\(Self.hash)\n\nbo b:\(Self.hash)\n# end\n"
        var file = try PasswordFile(text, path: "f")
        #expect(file.userNames == ["anna", "bo b"])
        #expect(file.text == text)
        let hash = try PasswordHash(of: [1], iterations: 1)
        file.set("anna", hash)
        file.set("cleo", hash)
        let wasThere = [file.remove("bo b"), file.remove("bo b")]
        #expect(wasThere == [true, false])
        #expect(file.text == "# people\nanna:\(hash)\n\n# end\ncleo:\(hash)\n")
        #expect(try PasswordFile("", path: "f").text == "")
    }

    @Test("Line ends of Windows and a last line without one are taken")
    func lineEnds() throws {
        #expect(try PasswordFile("a:\(Self.hash)\r\n\r\nb:\(Self.hash)", path: "f").userNames == ["a", "b"])
    }

    @Test("Names are bytes: what looks alike is not the same user [MQTT-1.5.4-3]")
    func names() throws {
        let file = try PasswordFile("\u{C4}:\(Self.hash)\nA\u{308}:\(Self.hash)\n", path: "f")
        #expect(file.count == 2)
    }

    @Test("A wrong line is told with its number, and without what stands in it")
    func problems() throws {
        let plain = try Self.problem("a:\(Self.hash)\nb:hunter2\n")
        #expect(plain.line == 2)
        #expect(plain.description.hasPrefix("f:2: user 'b': the password is not hashed"))
        #expect(plain.description.contains("martlet passwd -U"))
        #expect(!plain.description.contains("hunter2"))
        #expect(try Self.problem("hunter2\n").description == "f:1: there is no ':' between user and password")
        #expect(try Self.problem(":\(Self.hash)\n").message.contains("empty"))
        #expect(try Self.problem("a:\(Self.hash)\na:\(Self.hash)\n").line == 2)
        #expect(try Self.problem("a\u{7}:\(Self.hash)\n").message.contains("control"))
    }

    @Test("Passwords in plain text are hashed on demand; those that are hashed stay as they are")
    func plainText() throws {
        let text = "a:\(Self.hash)\nb:hunter:2\n"
        let file = try PasswordFile(text, path: "f", hashingPlainTextWith: 10)
        #expect(file.hash(of: "a")?.description == Self.hash)
        #expect(file.hash(of: "b")?.matches(Array("hunter:2".utf8)) == true)
        #expect(throws: FileProblem.self) { try PasswordFile("a:\n", path: "f", hashingPlainTextWith: 10) }
    }

    @Test("What changed: users who are gone or have another password, not new ones")
    func changes() throws {
        let old = try PasswordFile("a:\(Self.hash)\nb:\(Self.hash)\nc:\(Self.hash)\n", path: "f")
        var new = old
        new.remove("a")
        new.set("b", try PasswordHash(of: [1], iterations: 1))
        new.set("d", try PasswordHash(of: [1], iterations: 1))
        #expect(new.changedUserNames(from: old) == ["a", "b"])
    }

    @Test(
        "A saved file is its owner's alone; a replaced one keeps its permissions, and no other file is left")
    func saved() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "users").path
        var file = PasswordFile()
        try file.save(to: path)
        #expect(try Self.mode(path) == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let link = directory.appending(path: "link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        file.set("a", try PasswordHash(of: [1], iterations: 1))
        try file.save(to: link)
        #expect(try Self.mode(path) == 0o640)
        #expect(try PasswordFile(contentsOf: path).text == file.text)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["link", "users"])
        #expect(throws: FileProblem.self) { try file.save(to: directory.path + "/none/users") }
        #expect(throws: FileProblem.self) { try PasswordFile(contentsOf: directory.path + "/none") }
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
