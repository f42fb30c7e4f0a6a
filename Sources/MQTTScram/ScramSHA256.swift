import Crypto
import CryptoExtras

/// SCRAM-SHA-256, RFC 5802 and RFC 7677: both sides prove that they know a password, and neither sends it.
///
/// In MQTT 5.0 (section 4.12) its messages are the Authentication Data of CONNECT, AUTH and CONNACK:
///
///     client                                          server
///     CONNECT  client-first                     --->
///                          <---  AUTH 0x18      server-first
///     AUTH 0x18  client-final                   --->
///                          <---  CONNACK        server-final
///
/// Passwords are taken as the bytes that they are: SASLprep (RFC 4013) leaves ASCII as it is, and whoever uses
/// more has to normalise it on both sides.
public enum ScramSHA256 {
    /// The Authentication Method.
    public static let method = "SCRAM-SHA-256"
    /// RFC 7677 wants 4,096 at least; the upper bound keeps a mistake, or malice, from stalling a peer.
    public static let iterationBounds = 4_096...10_000_000

    static let keyLength = 32

    static func saltedPassword(_ password: [UInt8], _ salt: [UInt8], _ iterations: Int) throws(ScramError)
        -> SymmetricKey
    {
        do {
            return try KDF.Insecure.PBKDF2.deriveKey(
                from: password, salt: salt, using: .sha256, outputByteCount: keyLength,
                unsafeUncheckedRounds: iterations)
        } catch {
            throw .notComputed
        }
    }

    static func code(_ text: [UInt8], _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }

    static func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    static func xor(_ one: [UInt8], _ other: [UInt8]) -> [UInt8] { zip(one, other).map { $0 ^ $1 } }

    /// How much of it is equal cannot be told from the time it takes.
    static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        SymmetricKey(data: one) == SymmetricKey(data: other)
    }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// 144 random bits, printable and without a comma.
    static func randomNonce() -> [UInt8] { Base64.encoded(randomBytes(18)) }
}
