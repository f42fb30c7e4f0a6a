import Yams

/// What Yams says about a text that is no YAML, as a line and a sentence.
struct YAMLProblem {
    private var line = 1
    private var column = 1
    private var message: String

    init(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, let yaml),
            .parser(let context, let problem, let mark, let yaml),
            .composer(let context, let problem, let mark, let yaml):
            line = mark.line
            column = mark.column
            if let tab = Self.tab(in: yaml, upTo: line) {
                line = tab
                column = 1
                message =
                    "this is not YAML: the line begins with a tab, which is not allowed: indent with spaces"
                return
            }
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

    /// A line that is indented with a tab: the last one before the parser gave up, or that where it did.
    private static func tab(in text: String, upTo line: Int) -> Int? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).prefix(line)
        for (index, line) in lines.enumerated().suffix(2).reversed()
        where line.prefix(while: \.isWhitespace).contains("\t") {
            return index + 1
        }
        return nil
    }

    func problem(in file: String) -> ConfigurationProblem {
        ConfigurationProblem(
            origin: .file(file, line: line, column: column), path: "", message: message)
    }
}
