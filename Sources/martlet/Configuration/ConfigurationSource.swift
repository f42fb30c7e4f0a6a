import MQTTAuth

/// Where the configuration was read from, so that it can be read again.
struct ConfigurationSource: Sendable {
    /// None: there is no file.
    var file: String?
    var environment: [String: String] = [:]
    var flags = FlagConfiguration()

    /// - Throws: all that is wrong with it, as one problem of the file.
    func load() throws(FileProblem) -> ServerConfiguration {
        var read: (String, String)?
        do {
            if let file { read = (file, try ConfigurationFile.read(file)) }
        } catch {
            throw FileProblem(path: error.path, message: error.message)
        }
        let loaded = LoadedConfiguration(file: read, environment: environment, flags: flags)
        guard loaded.problems.isEmpty else {
            let all = loaded.problems.map(\.description).joined(separator: "; ")
            throw FileProblem(path: file ?? "configuration", message: all)
        }
        return loaded.configuration
    }
}
