/// The value of a setting, in the setting's own unit.
enum SettingValue: Sendable, Equatable {
    case boolean(Bool)
    case number(Int)
    case text(String)
    /// Not set, where a setting may be.
    case absent
}
