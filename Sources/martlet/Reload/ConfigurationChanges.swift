import MQTTManagement

/// In what two configurations differ, and what of that takes a restart.
enum ConfigurationChanges {
    /// What can be taken while the broker runs. Everything else, and so whatever is new, takes a restart until
    /// it is named here.
    private static let live: Set = [
        "allow_anonymous", "log.level", "log.burst", "system_topics.interval", "system_topics.presence",
        "offer.redirection.server_reference", "offer.redirection.permanent", "admin.certificate",
        "admin.private_key",
    ]
    private static let liveSections: Set = [
        "authentication", "authorization", "defence", "limits", "queues", "tls",
    ]
    /// What clients were promised when they connected, and the size of tables that are full of them.
    private static let restart: Set = ["limits.packet_size", "defence.remembered"]

    static func needsRestart(_ path: String) -> Bool {
        if live.contains(path) { return false }
        return restart.contains(path)
            || !liveSections.contains(path.split(separator: ".").first.map(String.init) ?? "")
    }

    /// Whether it is taken as soon as the file has changed, as what stands in files of its own is.
    static func isRead(_ path: String) -> Bool {
        path == YAMLAccessRules.path || path == "authorization.subscriptions"
    }

    static func between(
        _ running: ServerConfiguration, _ wanted: ServerConfiguration
    ) -> [ConfigurationChange] {
        var changes = listeners(running.listeners, wanted.listeners)
        for setting in Settings.all where setting.read(running) != setting.read(wanted) {
            changes.append(
                ConfigurationChange(
                    path: setting.path, running: setting.text(setting.read(running)),
                    wanted: setting.text(setting.read(wanted)), needsRestart: needsRestart(setting.path)))
        }
        if running.access != wanted.access {
            changes.append(
                ConfigurationChange(
                    path: YAMLAccessRules.path, running: text(of: running.access),
                    wanted: text(of: wanted.access), needsRestart: false))
        }
        return changes
    }

    private static func listeners(_ old: [ListenerEntry], _ new: [ListenerEntry]) -> [ConfigurationChange] {
        guard old.map(\.name) == new.map(\.name) else {
            return [
                ConfigurationChange(
                    path: Settings.listenersPath, running: text(of: old), wanted: text(of: new),
                    needsRestart: false)
            ]
        }
        return zip(old, new).enumerated().flatMap { index, entries in
            Settings.listener.filter { $0.read(entries.0) != $0.read(entries.1) }.map { setting in
                ConfigurationChange(
                    path: "\(Settings.listenersPath)[\(index)].\(setting.path)",
                    running: setting.text(setting.read(entries.0)),
                    wanted: setting.text(setting.read(entries.1)),
                    needsRestart: setting.path == "mode" && entries.1.mode == nil)
            }
        }
    }

    /// Listeners as they are to be from now on. What the umask gives a socket is known only when it is made.
    static func taken(_ running: [ListenerEntry], _ wanted: [ListenerEntry]) -> [ListenerEntry] {
        wanted.map { wanted in
            var entry = wanted
            if wanted.mode == nil { entry.mode = running.first { $0.name == wanted.name }?.mode }
            return entry
        }
    }

    static func text(of listeners: [ListenerEntry]) -> String {
        listeners.isEmpty ? "default" : listeners.map(\.name).joined(separator: " ")
    }

    private static func text(of access: AccessSection) -> String {
        "\(access.rules.count) rules, \(access.roles.count) roles"
    }
}
