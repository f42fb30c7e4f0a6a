/// What a client computes of its password, slowly. RFC 5802, section 5.1, lets it keep them in place of the
/// password: they are good for as long as the server's salt and iterations stay the same.
public struct ScramKeys: Sendable, Hashable {
    public let salt: [UInt8]
    public let iterations: Int
    let clientKey: [UInt8]
    let serverKey: [UInt8]

    /// Takes as long as the iterations are meant to: not for an event loop.
    ///
    /// - Throws: ``ScramError/notComputed``.
    public init(password: [UInt8], salt: [UInt8], iterations: Int) throws(ScramError) {
        let salted = try ScramSHA256.saltedPassword(password, salt, iterations)
        self.salt = salt
        self.iterations = iterations
        clientKey = ScramSHA256.code(Array("Client Key".utf8), salted)
        serverKey = ScramSHA256.code(Array("Server Key".utf8), salted)
    }

    func fit(salt: [UInt8], iterations: Int) -> Bool { self.salt == salt && self.iterations == iterations }
}
