/// Ways to log in, as settings call them.
enum LoginKind: String, CaseIterable, Sendable {
    case certificate, scram, jwt, password, http, anonymous

    /// `password, anonymous` in the order given; what is none of them was refused when it was read.
    static func list(_ text: String) -> [LoginKind] {
        SettingKind.list(text).compactMap { LoginKind(rawValue: String($0)) }
    }
}
