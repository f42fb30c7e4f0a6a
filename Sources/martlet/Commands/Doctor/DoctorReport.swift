#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a check-up has found.
struct DoctorReport: Codable {
    enum Grade: String, Codable {
        case good
        /// It works, and could be better.
        case note
        case wrong
    }

    struct Finding: Codable {
        var subject: String
        var grade: Grade
        var text: String
        var advice: String?
    }

    var server: String
    var findings: [Finding] = []

    var isIll: Bool { findings.contains { $0.grade == .wrong } }

    mutating func add(_ subject: String, _ grade: Grade, _ text: String, advice: String? = nil) {
        findings.append(Finding(subject: subject, grade: grade, text: text, advice: advice))
    }

    func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    func text() -> String {
        let width = (findings.map(\.subject.count).max() ?? 0) + 2
        var lines = [server]
        for finding in findings {
            let mark =
                switch finding.grade {
                case .good: "ok   "
                case .note: "note "
                case .wrong: "WRONG"
                }
            let padding = String(repeating: " ", count: width - finding.subject.count)
            lines.append("  \(mark)  \(finding.subject)\(padding)\(finding.text)")
            if let advice = finding.advice {
                lines.append(String(repeating: " ", count: width + 9) + "-> \(advice)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
