import Crypto
import CryptoExtras

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A password as it is stored: in Mosquitto's text form, salted and hashed.
///
/// `$7$ITERATIONS$SALT$HASH` is PBKDF2 with HMAC-SHA-512; `$6$SALT$HASH` is SHA-512 of password and salt,
/// which is read but never made: it is too quick to guess. Salt and hash are Base64.
public struct PasswordHash: Sendable, Hashable {
    /// What OWASP has for passwords that people choose.
    public static let standardIterations = 210_000
    /// Enough for long secrets that a generator made: they cannot be guessed anyway.
    public static let machineIterations = 1_000
    /// The bounds keep a mistake in a file from stalling the broker.
    public static let iterationBounds = 1...10_000_000

    /// Mosquitto refuses any other length.
    static let saltLength = 12
    static let hashLength = 64

    enum Scheme: Sendable, Hashable {
        case sha512
        case pbkdf2(iterations: Int)
    }

    let scheme: Scheme
    let salt: [UInt8]
    private let hash: [UInt8]

    /// Hashes a password with a new random salt. Takes as long as it is meant to.
    ///
    /// - Throws: ``PasswordHashError`` if the iterations are out of bounds.
    public init(
        of password: [UInt8], iterations: Int = Self.standardIterations
    ) throws(PasswordHashError) {
        guard Self.iterationBounds.contains(iterations) else { throw .iterations }
        var generator = SystemRandomNumberGenerator()
        salt = (0..<Self.saltLength).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        scheme = .pbkdf2(iterations: iterations)
        guard let hash = Self.derive(password, salt, scheme) else { throw .notComputed }
        self.hash = hash
    }

    /// Reads the text form.
    public init(_ text: some StringProtocol) throws(PasswordHashError) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].isEmpty else { throw .notHashed }
        switch parts[1] {
        case "6":
            guard parts.count == 4 else { throw .malformed }
            scheme = .sha512
        case "7":
            guard parts.count == 5, parts[2].utf8.allSatisfy({ (48...57).contains($0) }),
                let iterations = Int(parts[2])
            else { throw .malformed }
            guard Self.iterationBounds.contains(iterations) else { throw .iterations }
            scheme = .pbkdf2(iterations: iterations)
        default: throw .unknownScheme(String(parts[1]))
        }
        guard let salt = Data(base64Encoded: String(parts[parts.count - 2])), (1...255).contains(salt.count),
            let hash = Data(base64Encoded: String(parts[parts.count - 1])), hash.count == Self.hashLength
        else { throw .malformed }
        self.salt = Array(salt)
        self.hash = Array(hash)
    }

    /// Whether this is the password; how much of it is right cannot be told from the time it takes.
    public func matches(_ password: [UInt8]) -> Bool {
        guard let derived = Self.derive(password, salt, scheme) else { return false }
        return SymmetricKey(data: derived) == SymmetricKey(data: hash)
    }

    /// Whether ``init(of:iterations:)`` would make a weaker one.
    public func isWeaker(thanIterations iterations: Int) -> Bool {
        switch scheme {
        case .sha512: true
        case .pbkdf2(let own): own < iterations
        }
    }

    private static func derive(_ password: [UInt8], _ salt: [UInt8], _ scheme: Scheme) -> [UInt8]? {
        switch scheme {
        case .sha512:
            var hash = SHA512()
            hash.update(data: password)
            hash.update(data: salt)
            return Array(hash.finalize())
        case .pbkdf2(let iterations):
            let key = try? KDF.Insecure.PBKDF2.deriveKey(
                from: password, salt: salt, using: .sha512, outputByteCount: hashLength,
                unsafeUncheckedRounds: iterations)
            return key.map { key in unsafe key.withUnsafeBytes { unsafe Array($0) } }
        }
    }
}

extension PasswordHash: CustomStringConvertible {
    /// The text form. It is a secret too: who has it can guess at leisure.
    public var description: String {
        let salt = Data(salt).base64EncodedString()
        let hash = Data(hash).base64EncodedString()
        return switch scheme {
        case .sha512: "$6$\(salt)$\(hash)"
        case .pbkdf2(let iterations): "$7$\(iterations)$\(salt)$\(hash)"
        }
    }
}
