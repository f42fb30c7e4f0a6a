/// One setting: its name, what it takes, and where in the configuration it goes.
///
/// The tables of these (``Settings``) are the only place where settings are listed. The YAML file, the
/// environment, the checks, docs/configuration.md and docs/martlet.example.yaml all come from them.
struct Setting<Target>: Sendable {
    /// As in the file, with dots: `limits.packet_size`.
    var path: String
    var kind: SettingKind
    var special: SpecialWord?
    /// One or two sentences for the reference: what it means and what happens when it is reached.
    var summary: String
    /// Says the default where the value alone does not.
    var defaultNote: String?
    var read: @Sendable (Target) -> SettingValue
    var write: @Sendable (inout Target, SettingValue) -> Void

    /// The last part of the path.
    var key: String { path.split(separator: ".").last.map(String.init) ?? path }

    /// `MARTLET_LIMITS_PACKET_SIZE`.
    var environmentVariable: String {
        "MARTLET_" + path.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    func value(of text: String) throws(ValueProblem) -> SettingValue {
        if let special, special.word == text { return special.value }
        do {
            return try kind.value(of: text)
        } catch {
            guard let special else { throw error }
            throw ValueProblem(message: error.message + " (or \(special.word))")
        }
    }

    /// A value as it is written in a file.
    func text(_ value: SettingValue) -> String {
        if let special, special.value == value { return special.word }
        switch value {
        case .boolean(let boolean): return boolean ? "true" : "false"
        case .number(let number): return kind.text(number)
        case .text(let text): return text
        case .absent: return "\"\""
        }
    }
}
