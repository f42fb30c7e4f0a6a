/// Reads `MARTLET_...` environment variables.
///
/// A variable that is no setting is a warning and no error: container platforms set such variables by
/// themselves when a service happens to be called martlet (`MARTLET_SERVICE_HOST`, `MARTLET_PORT`).
struct EnvironmentConfiguration {
    static let listeners = "MARTLET_LISTENERS"
    static let configurationFile = "MARTLET_CONFIG"

    private(set) var layer = ConfigurationLayer()

    init(_ environment: [String: String]) {
        let settings = Dictionary(uniqueKeysWithValues: Settings.all.map { ($0.environmentVariable, $0) })
        let variables = environment.filter { $0.key.hasPrefix("MARTLET_") && !$0.value.isEmpty }
        for (variable, text) in variables.sorted(by: { $0.key < $1.key }) {
            if variable == Self.configurationFile { continue }
            let origin = ConfigurationOrigin.environment(variable)
            if variable == Self.listeners {
                for url in text.split(separator: ",") {
                    let url = String(url.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                    layer.listen(on: url, at: origin, path: Settings.listenersPath)
                }
            } else if let setting = settings[variable] {
                layer.set(setting, to: text, at: origin)
            } else {
                let known = Array(settings.keys) + [Self.listeners, Self.configurationFile]
                let meant = Spelling.nearest(to: variable, among: known.sorted())
                layer.warnings.append(
                    .init(
                        origin: origin, path: "",
                        message: "ignored, there is no such setting"
                            + (meant.map { "; did you mean \($0)?" } ?? "")))
            }
        }
    }
}
