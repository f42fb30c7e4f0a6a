/// A word that stands for one value: `never`, `unlimited`.
struct SpecialWord: Sendable, Equatable {
    var word: String
    var value: SettingValue
}
