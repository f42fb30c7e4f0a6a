import Testing

@testable import MQTTScram

@Suite(.timeLimit(.minutes(2))) struct ScramExchangeTests {
    private let password = Array("pencil".utf8)

    private func verifier(iterations: Int = 4_096) throws -> ScramVerifier {
        try ScramVerifier(password: password, iterations: iterations)
    }

    @Test("RFC 7677, section 3: the example, byte by byte on both sides")
    func example() throws {
        let salt = try #require(Base64.decoded("W22ZaJ0SNY7soEsUEjb6gQ==".utf8))
        let verifier = try ScramVerifier(password: password, iterations: 4_096, salt: salt)
        var client = ScramClient(
            userName: Array("user".utf8), password: password, nonce: Array("rOprNGfwEbeRWgbNEkqO".utf8))
        var server = ScramServer(nonce: Array("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0".utf8))

        let clientFirst = try client.clientFirst()
        #expect(text(clientFirst) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
        #expect(try server.received(clientFirst: clientFirst) == Array("user".utf8))
        let serverFirst = try server.challenge(verifier)
        #expect(
            text(serverFirst)
                == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        let clientFinal = try client.received(serverFirst: serverFirst)
        #expect(
            text(clientFinal)
                == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        )
        let serverFinal = try server.received(clientFinal: clientFinal)
        #expect(text(serverFinal) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
        #expect(!client.isVerified)
        try client.received(serverFinal: serverFinal)
        #expect(client.isVerified)
    }

    @Test(
        "Names with commas and equals signs arrive as they are", arguments: ["anna", "a,b=c", "=2C", "Änne"])
    func names(_ name: String) throws {
        var client = ScramClient(userName: Array(name.utf8), password: password)
        var server = ScramServer()
        #expect(try server.received(clientFirst: try client.clientFirst()) == Array(name.utf8))
        let clientFinal = try client.received(serverFirst: try server.challenge(try verifier()))
        try client.received(serverFinal: try server.received(clientFinal: clientFinal))
        #expect(client.isVerified)
    }

    @Test("A wrong password is refused")
    func wrongPassword() throws {
        var client = ScramClient(userName: Array("anna".utf8), password: Array("pencils".utf8))
        var server = ScramServer()
        _ = try server.received(clientFirst: try client.clientFirst())
        let clientFinal = try client.received(serverFirst: try server.challenge(try verifier()))
        #expect(throws: ScramError.wrongProof) { try server.received(clientFinal: clientFinal) }
        #expect(throws: ScramError.unexpectedMessage) { try server.received(clientFinal: clientFinal) }
    }

    @Test("A server that does not know the verifier is found out")
    func wrongServer() throws {
        let imitation = ScramVerifier(
            imitatedFor: Array("anna".utf8), secret: Array(repeating: 7, count: 32), iterations: 4_096)
        var client = ScramClient(userName: Array("anna".utf8), password: password)
        var server = ScramServer()
        _ = try server.received(clientFirst: try client.clientFirst())
        _ = try client.received(serverFirst: try server.challenge(imitation))
        let forged = Array("v=".utf8) + Base64.encoded(Array(repeating: 0, count: 32))
        #expect(throws: ScramError.wrongServerSignature) { try client.received(serverFinal: forged) }
        #expect(!client.isVerified)
        #expect(throws: ScramError.refusedByServer("invalid-proof")) {
            try client.received(serverFinal: Array("e=invalid-proof".utf8))
        }
    }

    @Test("A user who is not there gets the same challenge each time, and nobody in")
    func imitation() throws {
        let secret = ScramSHA256.randomBytes(32)
        let one = ScramVerifier(imitatedFor: Array("bob".utf8), secret: secret, iterations: 4_096)
        let again = ScramVerifier(imitatedFor: Array("bob".utf8), secret: secret, iterations: 4_096)
        let other = ScramVerifier(imitatedFor: Array("eve".utf8), secret: secret, iterations: 4_096)
        #expect(one == again)
        #expect(one.salt != other.salt)
        var client = ScramClient(userName: Array("bob".utf8), password: [])
        var server = ScramServer()
        _ = try server.received(clientFirst: try client.clientFirst())
        let clientFinal = try client.received(serverFirst: try server.challenge(one))
        #expect(throws: ScramError.wrongProof) { try server.received(clientFinal: clientFinal) }
    }

    @Test("Keys of one exchange serve the next, without the password")
    func keys() throws {
        let verifier = try verifier()
        var first = ScramClient(userName: Array("anna".utf8), password: password)
        var server = ScramServer()
        _ = try server.received(clientFirst: try first.clientFirst())
        _ = try first.received(serverFirst: try server.challenge(verifier))
        let keys = try #require(first.keys)

        var second = ScramClient(userName: Array("anna".utf8), password: [], keys: keys)
        server = ScramServer()
        _ = try server.received(clientFirst: try second.clientFirst())
        let clientFinal = try second.received(serverFirst: try server.challenge(verifier))
        try second.received(serverFinal: try server.received(clientFinal: clientFinal))
        #expect(second.isVerified)
    }

    @Test("What one exchange has proved proves nothing in another")
    func replay() throws {
        let verifier = try verifier()
        var client = ScramClient(userName: Array("anna".utf8), password: password)
        var server = ScramServer()
        let clientFirst = try client.clientFirst()
        _ = try server.received(clientFirst: clientFirst)
        let clientFinal = try client.received(serverFirst: try server.challenge(verifier))
        var later = ScramServer()
        _ = try later.received(clientFirst: clientFirst)
        _ = try later.challenge(verifier)
        #expect(throws: ScramError.wrongNonce) { try later.received(clientFinal: clientFinal) }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
