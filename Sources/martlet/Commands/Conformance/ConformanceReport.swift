import MQTTCodec
import MQTTConformance

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The outcome of a conformance run.
struct ConformanceReport: Codable {
    struct Row: Codable {
        var group: String
        var name: String
        var mqtt: String
        var statements: [String]
        /// `passed`, `failed` or `not offered`.
        var verdict: String
        /// What was wrong, or what is not offered.
        var reason: String?
    }

    var server: String
    var checks: Int
    var passed: Int
    var failed: Int
    var notOffered: Int
    var rows: [Row]

    init(server: String, results: [ConformanceRun.Result]) {
        self.server = server
        let rows = results.map { result in
            let (verdict, reason): (String, String?) =
                switch result.verdict {
                case .passed: ("passed", nil)
                case .failed(let reason): ("failed", reason)
                case .notOffered(let what): ("not offered", what)
                }
            return Row(
                group: result.check.group, name: result.check.name, mqtt: Self.name(of: result.check.version),
                statements: result.check.statements, verdict: verdict, reason: reason)
        }
        func count(_ verdict: String) -> Int { rows.count { $0.verdict == verdict } }
        self.rows = rows
        checks = rows.count
        passed = count("passed")
        failed = count("failed")
        notOffered = count("not offered")
    }

    static func name(of version: ProtocolVersion) -> String {
        switch version {
        case .v5: "5.0"
        case .v3_1_1: "3.1.1"
        case .v3_1: "3.1"
        }
    }

    static func line(of check: Check) -> String {
        "\(name(of: check.version))  \(check.group): \(check.name) [\(check.statements.joined(separator: ", "))]"
    }

    func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    func text() -> String {
        var lines: [String] = []
        var group = ""
        for row in rows {
            if row.group != group {
                group = row.group
                lines += (lines.isEmpty ? [] : [""]) + [group]
            }
            let mark =
                switch row.verdict {
                case "passed": "ok    "
                case "failed": "FAILED"
                default: "none  "
                }
            lines.append("  \(mark)  \(row.mqtt)\(row.mqtt == "5.0" ? "  " : "")  \(row.name)")
            if let reason = row.reason {
                lines.append(
                    "                 \(row.verdict == "failed" ? "" : "not offered: ")\(reason) [\(row.statements.joined(separator: ", "))]"
                )
            }
        }
        lines += [
            "",
            "\(server): \(passed) of \(checks) checks passed, \(failed) failed, \(notOffered) about what is not offered",
        ]
        return lines.joined(separator: "\n")
    }
}
