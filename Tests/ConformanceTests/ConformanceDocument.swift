/// docs/conformance.md, made from conformance.json.
enum ConformanceDocument {
    static let file = Repository.file("docs/conformance.md")

    static func text(_ data: ConformanceData, _ sources: TestSources) -> String {
        let version5 = data.statements.filter { !$0.id.hasPrefix("MQTT-3.1.1/") }
        let version3 = data.statements.filter { $0.id.hasPrefix("MQTT-3.1.1/") }
        return """
            # Conformance

            Every normative statement of MQTT 5.0, and those of MQTT 3.1.1 that differ, with the tests that prove it.
            This page is made from [conformance.json](../conformance.json), which also says in a few words what each
            statement is about; the words that count are those of the standards. A test names what it proves, so
            `grep -r "MQTT-3.3.1-5" Tests` finds the proof. A statement without a proof, a proof without a test and a
            citation that the data does not know fail `make test`. After a change:
            `MARTLET_RENEW=1 swift test --filter ConformanceRenewal`.

            | | statements | proved by tests | clients' own | not applicable |
            |---|---:|---:|---:|---:|
            \(summary("MQTT 5.0", version5))
            \(summary("MQTT 3.1.1", version3))

            ## From outside

            `martlet conformance URL` checks any broker over the network. \(ConformanceRuns.summary) What failed, or is not offered,
            and everything that was checked, is [below](#what-was-checked-from-outside).

            ## MQTT 5.0

            \(table(version5, sources))

            ## MQTT 3.1.1, where it differs

            \(table(version3, sources))

            ## What was checked from outside

            \(ConformanceRuns.table)

            """
    }

    private static func summary(_ title: String, _ statements: [ConformanceData.Statement]) -> String {
        let tested = statements.filter { if case .tests = $0.tests { true } else { false } }.count
        let client = statements.filter { $0.tests == .client }.count
        return
            "| \(title) | \(statements.count) | \(tested) | \(client) | \(statements.count - tested - client) |"
    }

    private static func table(_ statements: [ConformanceData.Statement], _ sources: TestSources) -> String {
        var lines = ["| statement | binds | says | proof |", "|---|---|---|---|"]
        for statement in statements {
            lines.append(
                "| \(statement.id) | \(statement.role.rawValue) | \(escaped(statement.statement)) | \(proof(statement, sources)) |"
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func proof(_ statement: ConformanceData.Statement, _ sources: TestSources) -> String {
        switch statement.tests {
        case .tests(let names):
            names.map { "\(sources.files[$0] ?? "?"): \(escaped(Citation.stripped($0)))" }.joined(
                separator: "<br>")
        case .client: "Clients: \(escaped(statement.reason ?? ""))"
        case .notApplicable: "Not applicable: \(escaped(statement.reason ?? ""))"
        }
    }

    /// What would mean something in a table of Markdown.
    private static func escaped(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing("*", with: "\\*")
            .replacing("_", with: "\\_").replacing("`", with: "")
    }
}
