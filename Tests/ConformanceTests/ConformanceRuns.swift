import Foundation

/// What `martlet conformance` has found: docs/conformance-runs.json, which `make conformance` makes.
enum ConformanceRuns {
    private struct Data: Codable {
        struct Row: Codable {
            var mqtt: String
            var group: String
            var name: String
            var statements: [String]
            /// One for each broker; nil: passed.
            var verdicts: [String?]
        }

        var brokers: [String]
        var rows: [Row]
    }

    private static let data: Data? = {
        guard let text = try? Foundation.Data(contentsOf: Repository.file("docs/conformance-runs.json"))
        else { return nil }
        return try? JSONDecoder().decode(Data.self, from: text)
    }()

    /// How many checks each broker passes.
    static var summary: String {
        guard let data else { return "It has not been run." }
        return data.brokers.indices.map { index in
            let passed = data.rows.count { $0.verdicts[index] == nil }
            return "\(data.brokers[index]) passes \(passed) of \(data.rows.count) checks."
        }.joined(separator: " ")
    }

    static var table: String {
        guard let data else { return "" }
        var lines = [
            "| MQTT | check | statements | " + data.brokers.joined(separator: " | ") + " |",
            "|---|---|---|" + data.brokers.map { _ in "---|" }.joined(),
        ]
        for row in data.rows {
            let verdicts = row.verdicts.map { $0.map(escaped) ?? "ok" }.joined(separator: " | ")
            lines.append(
                "| \(row.mqtt) | \(row.group): \(escaped(row.name)) | \(row.statements.joined(separator: ", ")) | \(verdicts) |"
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing("*", with: "\\*")
            .replacing("_", with: "\\_").replacing("`", with: "")
    }
}
