import Crypto
import MQTTCodec

/// Logins that were verified lately, so that ten thousand clients that come back at once need no ten thousand
/// slow hashes. Not the passwords are kept but a hash of them, with a key that dies with this value.
struct VerifiedLogins {
    private let key = SymmetricKey(size: .bits256)
    private var marks: [MQTTString: Mark] = [:]
    private let capacity: Int

    private struct Mark {
        var hash: PasswordHash
        var code: HMAC<SHA256>.MAC
    }

    /// What a password is compared with: a copy, so that it can be done without holding anybody up.
    struct Proof {
        fileprivate let code: HMAC<SHA256>.MAC
        fileprivate let key: SymmetricKey

        func fits(_ password: [UInt8]) -> Bool {
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: password, using: key)
        }
    }

    init(capacity: Int) { self.capacity = capacity }

    /// nil: the user has not come in yet, or the password has changed since.
    func proof(of userName: MQTTString, _ hash: PasswordHash) -> Proof? {
        guard let mark = marks[userName], mark.hash == hash else { return nil }
        return Proof(code: mark.code, key: key)
    }

    mutating func insert(_ userName: MQTTString, _ password: [UInt8], _ hash: PasswordHash) {
        // Any will do: who is thrown out is only slower once.
        if marks.count >= capacity, marks[userName] == nil, let other = marks.keys.first {
            marks[other] = nil
        }
        marks[userName] = Mark(
            hash: hash, code: HMAC<SHA256>.authenticationCode(for: password, using: key))
    }

    mutating func removeAll() { marks = [:] }

    var count: Int { marks.count }
}
