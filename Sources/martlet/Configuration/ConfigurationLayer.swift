/// What one source (the file, the environment, the flags) says, and what is wrong with it.
struct ConfigurationLayer: Sendable {
    /// By the path of their settings.
    var values: [String: SettingValue] = [:]
    /// Where they were written.
    var origins: [String: ConfigurationOrigin] = [:]
    /// None: this source does not speak of listeners.
    var listeners: [ListenerEntry]?
    /// None: this source does not speak of roles and rules.
    var access: AccessSection?
    var problems: [ConfigurationProblem] = []
    var warnings: [ConfigurationProblem] = []

    /// Reads a text into the value of a setting, or notes what is wrong with it.
    mutating func set(
        _ setting: Setting<ServerConfiguration>, to text: String, at origin: ConfigurationOrigin
    ) {
        do {
            values[setting.path] = try setting.value(of: text)
            origins[setting.path] = origin
        } catch {
            problems.append(.init(origin: origin, path: setting.path, message: error.message))
        }
    }

    /// Adds a listener that is only a URL.
    mutating func listen(on url: String, at origin: ConfigurationOrigin, path: String) {
        var entry = ListenerEntry(origin: origin)
        do {
            Settings.listenerURL.write(&entry, try Settings.listenerURL.value(of: url))
            listeners = (listeners ?? []) + [entry]
        } catch {
            listeners = listeners ?? []
            problems.append(.init(origin: origin, path: path, message: error.message))
        }
    }
}
