import Foundation

/// The tests that exist, as their sources say: display name and file.
struct TestSources {
    /// The file that a test is in, by display name.
    private(set) var files: [String: String] = [:]

    init() throws {
        let tests = Repository.file("Tests")
        guard let enumerator = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        else {
            throw CocoaError(.fileReadNoSuchFile)
        }
        for case let file as URL in enumerator where file.pathExtension == "swift" {
            // A test that is commented out is none.
            let source = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
            let name = file.deletingPathExtension().lastPathComponent
            for match in source.matches(of: /@Test\(\s*"((?:[^"\\]|\\.)*)"/) {
                files[String(match.1).replacing("\\\"", with: "\"")] = name
            }
        }
    }

    var names: [String] { files.keys.sorted() }

    /// The tests that cite each statement.
    var citations: [String: [String]] {
        var found: [String: [String]] = [:]
        for name in names {
            for statement in Set(Citation.statements(in: name)) { found[statement, default: []].append(name) }
        }
        return found
    }
}
