/// Where the configuration was read from, so that it can be read again.
struct ConfigurationSource: Sendable {
    /// None: there is no file.
    var file: String?
    var environment: [String: String] = [:]
    var flags = FlagConfiguration()

    /// All of it as it is now; a file that cannot be read is a problem among others.
    func read() -> LoadedConfiguration {
        var text: (String, String)?
        do {
            if let file { text = (file, try ConfigurationFile.read(file)) }
        } catch {
            var loaded = LoadedConfiguration([])
            loaded.problems.append(error)
            return loaded
        }
        return LoadedConfiguration(file: text, environment: environment, flags: flags)
    }
}
