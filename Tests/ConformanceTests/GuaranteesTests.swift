import Foundation
import Testing

/// docs/guarantees.md promises nothing that no test proves.
@Suite struct GuaranteesTests {
    private let rows: [(said: String, proofs: [String])]
    private let sources: TestSources

    init() throws {
        sources = try TestSources()
        let text = try String(contentsOf: Repository.file("docs/guarantees.md"), encoding: .utf8)
        rows = Self.rows(text)
    }

    /// The rows of the tables whose last column is 'proof'.
    static func rows(_ text: String) -> [(said: String, proofs: [String])] {
        var rows: [(String, [String])] = []
        var isProved = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                isProved = false
                continue
            }
            let cells = line.dropFirst().dropLast().components(separatedBy: "|")
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if cells.last == "proof" {
                isProved = true
            } else if isProved, cells.last?.contains("---") == false {
                rows.append((cells[0], proofs(cells.last ?? "")))
            }
        }
        return rows
    }

    static func proofs(_ cell: String) -> [String] {
        cell.components(separatedBy: "<br>").flatMap { part in
            part.hasPrefix("\"") ? [part] : part.components(separatedBy: ", ")
        }.filter { !$0.isEmpty }
    }

    /// Whether the test is there: of Swift by its "display name", `file.py::name`, or `make target`.
    private func exists(_ proof: String) throws -> Bool {
        if proof.hasPrefix("\"") { return sources.files[String(proof.dropFirst().dropLast())] != nil }
        let name = proof.trimmingCharacters(in: ["`"])
        if name.hasPrefix("make ") {
            let makefile = try String(contentsOf: Repository.file("Makefile"), encoding: .utf8)
            return makefile.contains("\n\(name.dropFirst("make ".count)):")
        }
        let parts = name.components(separatedBy: "::")
        guard parts.count == 2 else { return false }
        let file = Repository.file("Tests/Interop/\(parts[0])")
        return (try? String(contentsOf: file, encoding: .utf8))?.contains("def \(parts[1])(") == true
    }

    @Test("Every promise of docs/guarantees.md names tests, and they exist")
    func proved() throws {
        #expect(rows.count >= 10)
        for row in rows {
            #expect(!row.proofs.isEmpty, "'\(row.said)' has no proof")
            for proof in row.proofs {
                #expect(try exists(proof), "'\(row.said)' is proved by what is not there: \(proof)")
            }
        }
    }

    @Test("A proof that is not there is noticed")
    func noticed() throws {
        let rows = Self.rows(
            "| said | proof |\n|---|---|\n| a | \"no such test\"<br>`make nothing`, `x.py::y` |\n| b | |")
        #expect(rows.map(\.said) == ["a", "b"])
        #expect(rows[1].proofs.isEmpty)
        #expect(rows[0].proofs.count == 3)
        for proof in rows[0].proofs { #expect(try !exists(proof)) }
    }
}
