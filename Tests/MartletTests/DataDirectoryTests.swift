import Foundation
import Testing

@testable import martlet

@Suite struct DataDirectoryTests {
    private let temporary = TemporaryDirectory()

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private static func problem(_ path: String) -> DataDirectoryProblem? {
        do throws(DataDirectoryProblem) {
            _ = try DataDirectory(path)
            return nil
        } catch {
            return error
        }
    }

    @Test("It is created with those above it, and only its owner may look in")
    func created() throws {
        let root = temporary.path
        let path = root + "/a/b"
        let directory = try DataDirectory(path)
        #expect(directory.path == path)
        #expect(try Self.mode(path) == 0o700)
        #expect(try Self.mode(path + "/martlet.lock") == 0o600)
    }

    @Test("One broker at a time: the lock ends with its owner")
    func locked() throws {
        let root = temporary.path
        func holdAndTryAgain() throws -> DataDirectoryProblem? {
            let first = try DataDirectory(root)
            let problem = Self.problem(first.path)
            extendLifetime(first)
            return problem
        }
        let problem = try holdAndTryAgain()
        #expect(problem == DataDirectoryProblem(path: root, reason: .inUse))
        #expect(problem?.description.contains("--data DIR") == true)
        #expect(Self.problem(root) == nil, "free again")
    }

    @Test("What cannot be used says why")
    func unusable() throws {
        let root = temporary.path
        let file = root + "/file"
        try Data().write(to: URL(filePath: file))
        #expect(Self.problem(file)?.description.contains("Not a directory") == true)
        #expect(Self.problem(file + "/below")?.description.contains("Not a directory") == true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: root)
        #expect(Self.problem(root)?.reason == .writableByOthers)
    }

    @Test(
        "By default it is the system's as root, else the user's own",
        arguments: [
            (true, ["HOME": "/h"], "/var/lib/martlet"),
            (false, ["HOME": "/h", "XDG_STATE_HOME": "/s"], "/s/martlet"),
            (false, ["HOME": "/h", "XDG_STATE_HOME": "relative"], "/h/.local/state/martlet"),
            (false, ["HOME": "/h"], "/h/.local/state/martlet"), (false, [:], nil),
        ] as [(Bool, [String: String], String?)])
    func defaultPath(isRoot: Bool, environment: [String: String], path: String?) {
        #expect((try? DataDirectory.defaultPath(environment: environment, isRoot: isRoot)) == path)
    }
}
