import Foundation
import Testing

/// Renews conformance.json and docs/conformance.md, when asked to: tests that cite a statement become its
/// proofs, tests that have gone stop being one.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_RENEW"] == "1"))
struct ConformanceRenewal {
    @Test("conformance.json and docs/conformance.md are written anew")
    func renew() throws {
        var data = try ConformanceData.read()
        let sources = try TestSources()
        let citations = sources.citations
        for index in data.statements.indices {
            let citing = citations[data.statements[index].id] ?? []
            guard case .tests(let names) = data.statements[index].tests else {
                guard !citing.isEmpty else { continue }
                // A test has come for what had none.
                data.statements[index].tests = .tests(citing)
                data.statements[index].reason = nil
                continue
            }
            // A test may prove what it does not cite.
            let others = names.filter { sources.files[$0] != nil && !citing.contains($0) }
            data.statements[index].tests = .tests(citing + others)
        }
        try data.write()
        try ConformanceDocument.text(data, sources).write(
            to: ConformanceDocument.file, atomically: true, encoding: .utf8)
    }
}
