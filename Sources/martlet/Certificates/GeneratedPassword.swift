/// A password that cannot be guessed and can be typed: no letters or digits that look alike.
enum GeneratedPassword {
    private static let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789")

    /// 24 characters of 31, 118 bits, in groups of six.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<4).map { _ in
            String((0..<6).compactMap { _ in alphabet.randomElement(using: &generator) })
        }
        return groups.joined(separator: "-")
    }
}
