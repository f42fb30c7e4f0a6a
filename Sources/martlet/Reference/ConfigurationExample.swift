/// docs/martlet.example.yaml, from the tables: every setting with its default, commented out.
///
/// Prose begins with "# ", a setting with "#" alone: taking that away gives a file that says what the
/// defaults say.
enum ConfigurationExample {
    static var text: String {
        var text = head + listeners
        var opened: [Substring] = []
        for setting in Settings.all {
            let parts = setting.path.split(separator: ".")
            let sections = parts.dropLast()
            for (depth, section) in sections.enumerated()
            where !opened.starts(with: sections.prefix(depth + 1)) {
                text += "\n" + indentation(depth) + section + ":\n"
            }
            opened = Array(sections)
            let margin = indentation(sections.count)
            text += comment(setting, margin)
            let value = setting.text(setting.read(ServerConfiguration()))
            text +=
                "\(margin)#\(setting.key): \(setting.defaultNote == nil ? quoted(value, setting.kind) : example(setting))\n"
        }
        return text
    }

    private static let head = """
        # Configuration of martlet: every setting with its default. Take the # away in front of one to set it.
        # Made from Sources/martlet/Configuration: martlet configuration-reference --example > docs/martlet.example.yaml
        # Check it with: martlet check-config FILE. Use it with: martlet serve --config FILE.


        """

    private static var listeners: String {
        var text = prose(
            """
            Where the broker listens. The default: on this machine only (localhost is 127.0.0.1 and, where there is IPv6, [::1]). An \
            entry may also be just a URL.
            """, "")
        for setting in Settings.listener {
            let standard =
                setting.defaultNote == nil ? "; default: \(setting.text(setting.read(ListenerEntry())))" : ""
            let takes = setting.kind.explanation + (setting.special.map { ", or `\($0.word)`" } ?? "")
            text += prose("\(setting.path): \(takes)\(standard). \(setting.summary)", "")
        }
        text += "#listeners:\n"
        for url in DefaultListeners.urls {
            text += "  #- { url: \"\(url)\", maximum_connections: unlimited }\n"
        }
        return text + "\n"
    }

    private static func comment(_ setting: Setting<ServerConfiguration>, _ margin: String) -> String {
        let takes = setting.kind.explanation + (setting.special.map { ", or `\($0.word)`" } ?? "")
        let standard = setting.defaultNote.map { " Default: \($0)." } ?? ""
        return prose(setting.summary, margin) + prose("Takes \(takes).\(standard)", margin)
    }

    private static func example(_ setting: Setting<ServerConfiguration>) -> String {
        setting.kind == .path ? "/var/lib/martlet" : "martlet"
    }

    private static func quoted(_ value: String, _ kind: SettingKind) -> String {
        if case .text = kind, value != "\"\"" { return "\"\(value)\"" }
        return value
    }

    private static func indentation(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    /// Comment lines of at most 110 columns.
    private static func prose(_ text: String, _ margin: String) -> String {
        var lines: [String] = []
        var line = margin + "#"
        for word in text.filter({ $0 != "`" }).split(separator: " ") {
            if line.count + 1 + word.count > 110 {
                lines.append(line)
                line = margin + "#"
            }
            line += " " + word
        }
        return (lines + [line]).map { $0 + "\n" }.joined()
    }
}
