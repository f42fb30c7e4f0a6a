import Crypto

/// A token of the administration API as a file keeps it: by its hash. The token itself is 256 random bits,
/// which need no slow hash.
public struct AdminToken: Sendable, Equatable {
    /// What is told of it: `mt_` and 43 characters.
    public static let prefix = "mt_"

    public var name: String
    public var role: AdminRole
    /// SHA-256 of the token.
    public var hash: [UInt8]

    /// A new token, and what its bearer has to know.
    public static func make(name: String, role: AdminRole) -> (token: AdminToken, secret: String) {
        let random = unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Array($0) }
        let secret = prefix + Self.base64URL(random)
        return (AdminToken(name: name, role: role, hash: hash(of: secret)), secret)
    }

    /// Takes the same time wherever the two differ.
    public func matches(hash other: [UInt8]) -> Bool {
        guard hash.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in hash.indices { difference |= hash[index] ^ other[index] }
        return difference == 0
    }

    public static func hash(of secret: String) -> [UInt8] { Array(SHA256.hash(data: Array(secret.utf8))) }

    // MARK: Lines of the file

    /// `NAME:ROLE:HASH`; nil if it is none.
    public init?(line: some StringProtocol) {
        let parts = String(line).split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 3, Self.isName(parts[0]), let role = AdminRole(rawValue: parts[1]),
            let hash = Self.bytes(ofHexadecimal: parts[2]), hash.count == 32
        else { return nil }
        self.init(name: parts[0], role: role, hash: hash)
    }

    init(name: String, role: AdminRole, hash: [UInt8]) {
        self.name = name
        self.role = role
        self.hash = hash
    }

    public var line: String {
        "\(name):\(role.rawValue):"
            + hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Letters, digits, `-`, `_`, `.` and `@`, 64 at the most.
    public static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "@": true
                default: false
                }
            }
    }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        guard text.utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> bits & 63)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
