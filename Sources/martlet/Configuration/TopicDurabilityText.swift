import MQTTCodec
import MQTTEngine

/// Durabilities by topic as a person writes them: `FILTER=MODE`, with commas between.
enum TopicDurabilityText {
    /// Filters may have commas themselves: an entry ends with its mode.
    static func rules(_ text: String) throws(ValueProblem) -> [DurabilityByTopic.Rule] {
        var rules: [DurabilityByTopic.Rule] = []
        var entry = ""
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            entry += entry.isEmpty ? String(part.drop { $0 == " " }) : "," + part
            guard let rule = try rule(entry) else { continue }
            rules.append(rule)
            entry = ""
        }
        guard entry.isEmpty, !rules.isEmpty else {
            let modes = Durability.allCases.map { "=\($0.rawValue)" }.joined(separator: ", ")
            throw ValueProblem(message: "\"\(entry)\" does not end with a durability: \(modes)")
        }
        return rules
    }

    /// nil: it is not whole yet.
    private static func rule(_ entry: String) throws(ValueProblem) -> DurabilityByTopic.Rule? {
        let trimmed = String(entry.reversed().drop { $0 == " " }.reversed())
        guard let sign = trimmed.lastIndex(of: "="),
            let durability = Durability(rawValue: String(trimmed[trimmed.index(after: sign)...]))
        else { return nil }
        let filter = String(trimmed[..<sign])
        guard let parsed = try? TopicFilter(MQTTString(filter)), !parsed.isShared else {
            throw ValueProblem(message: "\"\(filter)\" is no topic filter")
        }
        return DurabilityByTopic.Rule(parsed, durability)
    }

    static func text(_ rule: DurabilityByTopic.Rule) -> String {
        "\(rule.filter.string)=\(rule.durability.rawValue)"
    }
}
