import Testing

@testable import MQTTScram

@Suite(.timeLimit(.minutes(2))) struct ScramMessageTests {
    @Test(
        "Messages that are none are refused",
        arguments: [
            ("", .malformedMessage), ("n,,", .malformedMessage), ("n,,n=,r=x", .malformedMessage),
            ("n,,n=a", .malformedMessage), ("n,,r=x,n=a", .malformedMessage),
            ("x,,n=a,r=x", .malformedMessage),
            ("n,,n=a=2D,r=x", .malformedMessage), ("n,,n=a,r=", .malformedMessage),
            ("n,,n=a,r=ä", .malformedMessage), ("n,,m=ext,n=a,r=x", .malformedMessage),
            ("n,a=root,n=a,r=x", .malformedMessage), ("n,,n=a\0,r=x", .malformedMessage),
            ("p=tls-unique,,n=a,r=x", .channelBindingNotSupported),
        ] as [(String, ScramError)])
    func clientFirst(_ message: String, _ error: ScramError) {
        var server = ScramServer()
        #expect(throws: error) { try server.received(clientFirst: Array(message.utf8)) }
    }

    @Test("A client that could do channel binding may come, and so may one that names itself twice")
    func headers() throws {
        for message in ["y,,n=anna,r=abc", "n,a=anna,n=anna,r=abc", "n,,n=anna,r=abc,x=extension"] {
            var server = ScramServer()
            #expect(try server.received(clientFirst: Array(message.utf8)) == Array("anna".utf8))
        }
    }

    @Test(
        "Challenges that are none are refused",
        arguments: [
            ("", .malformedMessage), ("r=abcd,s=!,i=4096", .malformedMessage),
            ("r=abcd,s=YWJj,i=-1", .malformedMessage), ("r=abcd,i=4096,s=YWJj", .malformedMessage),
            ("r=abc,s=YWJj,i=4096", .wrongNonce), ("r=xabcd,s=YWJj,i=4096", .wrongNonce),
            ("r=abcd,s=YWJj,i=4095", .iterations), ("r=abcd,s=YWJj,i=1000001", .iterations),
            ("r=abcd,s=YWJj,i=99999999999999999999", .malformedMessage),
        ] as [(String, ScramError)])
    func serverFirst(_ message: String, _ error: ScramError) throws {
        var client = ScramClient(
            userName: Array("anna".utf8), password: Array("x".utf8), nonce: Array("abc".utf8))
        _ = try client.clientFirst()
        #expect(throws: error) { try client.received(serverFirst: Array(message.utf8)) }
    }

    @Test(
        "Proofs that are none are refused",
        arguments: [
            ("", .malformedMessage), ("c=biws,r=abcd", .malformedMessage),
            ("c=biws,r=abcd,p=YWJj", .malformedMessage),
            ("c=eSws,r=abcd,p=YWJj", .channelBindingNotSupported),
            ("c=biws,r=abce,p=YWJj", .wrongNonce), ("r=abcd,c=biws,p=YWJj", .malformedMessage),
        ] as [(String, ScramError)])
    func clientFinal(_ message: String, _ error: ScramError) throws {
        var server = ScramServer(nonce: Array("d".utf8))
        _ = try server.received(clientFirst: Array("n,,n=anna,r=abc".utf8))
        _ = try server.challenge(
            ScramVerifier(imitatedFor: [], secret: Array(repeating: 1, count: 16), iterations: 4_096))
        #expect(throws: error) { try server.received(clientFinal: Array(message.utf8)) }
    }

    @Test("Messages out of their order are refused")
    func order() throws {
        var server = ScramServer()
        let verifier = ScramVerifier(imitatedFor: [], secret: [1], iterations: 4_096)
        #expect(throws: ScramError.unexpectedMessage) { try server.challenge(verifier) }
        #expect(throws: ScramError.unexpectedMessage) { try server.received(clientFinal: []) }
        _ = try server.received(clientFirst: Array("n,,n=anna,r=abc".utf8))
        #expect(throws: ScramError.unexpectedMessage) {
            try server.received(clientFirst: Array("n,,n=anna,r=abc".utf8))
        }
        var client = ScramClient(userName: [], password: [])
        #expect(throws: ScramError.unexpectedMessage) { try client.received(serverFirst: []) }
        #expect(throws: ScramError.unexpectedMessage) { try client.received(serverFinal: []) }
        _ = try client.clientFirst()
        #expect(throws: ScramError.unexpectedMessage) { try client.clientFirst() }
    }
}
