#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The passphrase of a private key that is encrypted, as OpenSSL's tools ask for it.
enum KeyPassphrase {
    /// nil: the key needs none, or there is nobody to ask.
    static func ask(for path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8), text.contains("ENCRYPTED"),
            Terminal.isThere
        else { return nil }
        return Terminal.askSecret("Enter PEM pass phrase: ")
    }
}
