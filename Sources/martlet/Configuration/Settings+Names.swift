extension Settings {
    static let listenersPath = "listeners"

    /// `limits`, `offer`, `offer.redirection`: what holds settings.
    static let sections: [String] = {
        var sections: [String] = []
        for setting in all {
            var parts = setting.path.split(separator: ".").dropLast()
            while !parts.isEmpty {
                let section = parts.joined(separator: ".")
                if !sections.contains(section) { sections.append(section) }
                parts = parts.dropLast()
            }
        }
        return sections
    }()

    /// "; did you mean ...?", if there is something near: a like name beside it, or the same name elsewhere.
    static func meant(by path: String) -> String {
        let parts = path.split(separator: ".").map(String.init)
        guard let key = parts.last else { return "" }
        let section = parts.dropLast().joined(separator: ".")
        let paths = all.map(\.path) + sections + [listenersPath, YAMLAccessRules.path, "authorization.roles"]
        let beside = paths.filter { sectionOf($0) == section }
        let near =
            Spelling.nearest(to: path, among: beside)
            ?? Spelling.nearest(to: key, among: paths.map(keyOf)).flatMap { near in
                paths.first { keyOf($0) == near }
            }
        return near.map { "; did you mean \($0)?" } ?? ""
    }

    private static func sectionOf(_ path: String) -> String {
        path.split(separator: ".").dropLast().joined(separator: ".")
    }

    private static func keyOf(_ path: String) -> String {
        path.split(separator: ".").last.map(String.init) ?? path
    }
}
