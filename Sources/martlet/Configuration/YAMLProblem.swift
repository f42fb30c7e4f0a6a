import Yams

/// What Yams says about a text that is no YAML, as a line and a sentence.
struct YAMLProblem {
    private var line = 1
    private var column = 1
    private var message: String

    init(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            line = mark.line
            column = mark.column
            message = [context?.text ?? "", problem].filter { !$0.isEmpty }.joined(separator: ": ")
        case .reader(let problem, let offset, _, let yaml):
            line = 1 + yaml.prefix(offset ?? 0).count { $0.isNewline }
            message = problem
        case .duplicatedKeysInMapping(let duplicates, let context):
            line = context.mark.line
            column = context.mark.column
            let names = duplicates.joined(separator: ", ")
            message = "\(names) stands here and once more further down; a setting is given once"
            return
        default:
            message = "\(error)"
        }
        message = "this is not YAML: \(message)"
    }

    func problem(in file: String) -> ConfigurationProblem {
        ConfigurationProblem(
            origin: .file(file, line: line, column: column), path: "", message: message)
    }
}
