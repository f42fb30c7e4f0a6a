import MQTTCodec
import MQTTEngine

/// Reads Mosquitto's acl_file.
///
///     # for clients without a user name
///     topic read weather/#
///     user anna
///     topic readwrite house/#
///     topic deny house/safe
///     pattern write devices/%u/%c/state
///
/// `topic` is about the user named last, and about clients without a user name before any is named; `pattern`
/// is about all clients. Without `read`, `write`, `readwrite` or `deny` it is `readwrite`.
public enum AccessFile {
    /// The words before a topic.
    enum Access: String, CaseIterable {
        /// Subscribing, and receiving what comes.
        case read
        /// Publishing.
        case write
        case readwrite
        /// Neither, whatever other rules allow.
        case deny

        var rights: AccessRights {
            switch self {
            case .read: [.subscribe, .receive]
            case .write: .publish
            case .readwrite, .deny: .all
            }
        }
    }

    /// - Throws: ``FileProblem`` for the first line that is wrong.
    public static func rules(in text: String, path: String) throws(FileProblem) -> [AccessRule] {
        var rules: [AccessRule] = []
        var subject = AccessSubject(includesAnonymous: true)
        for (index, line) in TextFile.lines(of: text).enumerated() {
            let line = trimmed(line)
            if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
            let (keyword, rest) = firstWord(of: line)
            let problem = { (message: String) in FileProblem(path: path, line: index + 1, message: message) }
            switch keyword {
            case "user":
                guard !rest.isEmpty else { throw problem("'user' names nobody") }
                subject = AccessSubject(users: [MQTTString(rest)])
            case "topic", "pattern":
                guard !rest.isEmpty else { throw problem("'\(keyword)' names no topic") }
                let (access, filter) = try access(of: rest, problem)
                let isPattern = keyword == "pattern"
                let whom = isPattern ? AccessSubject() : subject
                let text = "\(keyword) \(access.rawValue) \(filter)" + suffix(isPattern ? nil : subject)
                do {
                    rules.append(
                        try AccessRule(
                            isAllowed: access != .deny, access.rights, whom, MQTTString(filter),
                            replacesPlaceholders: isPattern,
                            at: .init(file: path, line: index + 1, text: text)))
                } catch {
                    throw problem(
                        "'\(filter)' is no topic filter, or a shared one; write what is behind $share/NAME/")
                }
            default:
                throw problem("'\(keyword)' is not known: a line begins with user, topic, pattern or #")
            }
        }
        return rules
    }

    private static func suffix(_ subject: AccessSubject?) -> String {
        guard let subject else { return "" }
        return subject.users.first.map { " (for user \($0))" } ?? " (for clients without a user name)"
    }

    /// - Throws: ``FileProblem``.
    public static func rules(contentsOf path: String) throws(FileProblem) -> [AccessRule] {
        try rules(in: try TextFile.read(path), path: path)
    }

    /// Takes `[ACCESS] TOPIC` apart; a topic may have spaces in it.
    private static func access(
        of text: Substring, _ problem: (String) -> FileProblem
    ) throws(FileProblem) -> (Access, Substring) {
        let (word, rest) = firstWord(of: text)
        if rest.isEmpty { return (.readwrite, word) }
        guard let access = Access(rawValue: String(word)) else {
            let known = Access.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("'\(word)' is none of \(known); before a topic with spaces in it write one of them")
        }
        return (access, rest)
    }

    private static func firstWord(of text: Substring) -> (Substring, rest: Substring) {
        let word = text.prefix { !isSpace($0) }
        return (word, trimmed(text[word.endIndex...]))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }

    private static func isSpace(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == "\r"
    }
}
