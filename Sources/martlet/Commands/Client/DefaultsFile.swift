#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Options that always count: `$XDG_CONFIG_HOME/martlet_pub` and its like, else in `~/.config`, one option a
/// line, as Mosquitto's tools have it.
enum DefaultsFile {
    static func arguments(_ kind: ToolKind) -> [String] { arguments(named: kind.rawValue) }

    static func arguments(named name: String) -> [String] {
        let environment = ProcessInfo.processInfo.environment
        let directory: String
        if let configured = environment["XDG_CONFIG_HOME"], !configured.isEmpty {
            directory = configured
        } else if let home = environment["HOME"], !home.isEmpty {
            directory = home + "/.config"
        } else {
            return []
        }
        guard let text = try? String(contentsOfFile: "\(directory)/martlet_\(name)", encoding: .utf8)
        else { return [] }
        return arguments(in: text)
    }

    static func arguments(in text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.flatMap { line in
            line.split(separator: " ", maxSplits: 1).map(String.init)
        }
    }
}
