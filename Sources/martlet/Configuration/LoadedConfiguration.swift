/// The outcome of putting all sources together.
struct LoadedConfiguration: Sendable {
    var configuration = ServerConfiguration()
    /// Empty: the configuration can be used.
    var problems: [ConfigurationProblem] = []
    var warnings: [ConfigurationProblem] = []

    /// Lays sources over the defaults; a later one overrides an earlier one, setting by setting. Listeners
    /// are overridden as a whole. What is wrong in a source is reported even where it is overridden.
    init(_ layers: [ConfigurationLayer]) {
        var origins: [String: ConfigurationOrigin] = [:]
        for layer in layers {
            for setting in Settings.all {
                if let value = layer.values[setting.path] { setting.write(&configuration, value) }
            }
            if let listeners = layer.listeners { configuration.listeners = listeners }
            if let access = layer.access { configuration.access = access }
            origins.merge(layer.origins) { $1 }
            problems += layer.problems
            warnings += layer.warnings
        }
        problems += ConfigurationRules.problems(of: configuration, origins: origins)
        warnings += ConfigurationRules.warnings(of: configuration)
        sortByPlace()
    }

    /// What lies in the file comes first, from top to bottom.
    private mutating func sortByPlace() {
        let placed = problems.enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }
        problems = placed.map(\.element)
    }

    /// - Parameter file: the name of the configuration file and what is in it.
    init(file: (name: String, text: String)?, environment: [String: String], flags: FlagConfiguration) {
        let file = file.map { YAMLConfiguration(name: $0.name, text: $0.text).layer }
        self.init([file, EnvironmentConfiguration(environment).layer, flags.layer].compactMap { $0 })
    }
}
