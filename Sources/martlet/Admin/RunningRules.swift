import MQTTAuth
import MQTTBroker
import MQTTManagement

/// The access rules of the file, which the broker reads again when it has changed, and those of the configuration.
struct RunningRules: RuleControl {
    /// None: all rules stand in the configuration.
    let path: String?
    /// With the rules that count now.
    let configuration: ServerConfiguration

    func rules() async throws -> RulesValue {
        guard let path else {
            let lines = configuration.access.rules.map { $0.place.text + "\n" }
            return RulesValue(file: nil, text: lines.joined())
        }
        return RulesValue(file: path, text: try TextFile.read(path))
    }

    func replace(_ text: String) async throws {
        guard let path else {
            throw AdminError.unavailable("the rules stand in the configuration file; change them there")
        }
        do throws(FileProblem) {
            _ = try AccessFile.rules(in: text, path: path)
        } catch {
            throw AdminError.refused("\(error)")
        }
        try TextFile.replace(path, with: text)
    }

    func explain(_ question: AccessQuestion) async throws -> AccessAnswer {
        let rules = try configuration.accessRules()
        let client = AccessClient(
            userName: question.user.map { MQTTString($0) },
            clientIdentifier: MQTTString(question.client ?? ""))
        guard let filter = try? TopicFilter(MQTTString(question.topic)) else {
            throw AdminError.refused("'\(question.topic)' is no topic filter")
        }
        let verdict: AccessVerdict
        switch question.operation {
        case .subscribe: verdict = rules.subscribing(filter, by: client)
        case .publish:
            guard !filter.hasWildcard else {
                throw AdminError.refused("'\(question.topic)' is no topic: it has wildcards")
            }
            verdict = rules.publishing(MQTTString(question.topic), by: client)
        }
        let because =
            switch verdict {
            case .allowed(let rule), .denied(let rule): "\(rule.place.file):\(rule.line): \(rule)"
            case .notAllowed: "none of the \(rules.count) rules allows it"
            }
        return AccessAnswer(allowed: verdict.isAllowed, because: because)
    }
}
