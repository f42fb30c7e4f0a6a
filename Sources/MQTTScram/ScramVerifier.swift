import Crypto

/// What a server keeps of a password: enough to check it, not enough to log in with.
///
/// Its text form is that of PostgreSQL: `SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY`.
public struct ScramVerifier: Sendable, Hashable {
    public let iterations: Int
    public let salt: [UInt8]
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    /// Computes it with a new random salt. Takes as long as the iterations are meant to.
    ///
    /// - Throws: ``ScramError/iterations``, ``ScramError/notComputed``.
    public init(password: [UInt8], iterations: Int) throws(ScramError) {
        try self.init(password: password, iterations: iterations, salt: ScramSHA256.randomBytes(16))
    }

    /// - Throws: ``ScramError/iterations``, ``ScramError/notComputed``.
    public init(password: [UInt8], iterations: Int, salt: [UInt8]) throws(ScramError) {
        guard ScramSHA256.iterationBounds.contains(iterations) else { throw .iterations }
        let keys = try ScramKeys(password: password, salt: salt, iterations: iterations)
        self.iterations = iterations
        self.salt = salt
        storedKey = ScramSHA256.hash(keys.clientKey)
        serverKey = keys.serverKey
    }

    /// Reads the text form; nil: it is damaged, or its iterations are out of ``ScramSHA256/iterationBounds``.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual(ScramSHA256.method.utf8) else { return nil }
        let first = parts[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let second = parts[2].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard first.count == 2, second.count == 2, let iterations = ScramAttributes.number(Array(first[0])),
            ScramSHA256.iterationBounds.contains(iterations), let salt = Base64.decoded(first[1]),
            (1...255).contains(salt.count), let storedKey = Base64.decoded(second[0]),
            let serverKey = Base64.decoded(second[1]), storedKey.count == ScramSHA256.keyLength,
            serverKey.count == ScramSHA256.keyLength
        else { return nil }
        self.iterations = iterations
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// What an exchange goes on with for a user who is not there, so that it does not tell who is: always the
    /// same for a name, and no password fits it.
    ///
    /// - Parameter secret: at least 16 bytes that only the server knows.
    public init(imitatedFor userName: [UInt8], secret: [UInt8], iterations: Int) {
        let code = { (purpose: String) in
            ScramSHA256.code(Array(purpose.utf8) + userName, SymmetricKey(data: secret))
        }
        self.iterations = iterations
        salt = Array(code("salt").prefix(16))
        storedKey = code("stored key")
        serverKey = code("server key")
    }

    /// Whether this is the password. Takes as long as the iterations are meant to.
    public func matches(_ password: [UInt8]) -> Bool {
        guard let other = try? ScramVerifier(password: password, iterations: iterations, salt: salt) else {
            return false
        }
        return ScramSHA256.areEqual(other.storedKey, storedKey)
    }
}

extension ScramVerifier: CustomStringConvertible {
    /// The text form. It is a secret too: who has it can guess at leisure, and pretend to be the server.
    public var description: String {
        let text = { (bytes: [UInt8]) in String(decoding: Base64.encoded(bytes), as: UTF8.self) }
        return "\(ScramSHA256.method)$\(iterations):\(text(salt))$\(text(storedKey)):\(text(serverKey))"
    }
}
