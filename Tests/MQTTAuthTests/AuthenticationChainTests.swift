import MQTTCodec
import MQTTEngine
import Testing

@testable import MQTTAuth

@Suite struct AuthenticationChainTests {
    private struct Fixed: LoginMethod {
        let name: String
        let outcome: AuthenticationOutcome?

        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome? { outcome }
    }

    @Test("The first that knows the client decides, for and against")
    func order() async {
        let none = Fixed(name: "none", outcome: nil)
        let yes = Fixed(name: "yes", outcome: .accepted(userName: "y"))
        let no = Fixed(name: "no", outcome: .refused(.banned))
        for (methods, expected) in [
            ([none, yes, no], "in as y"), ([no, yes], "\(ReasonCode.banned)"), ([yes, no], "in as y"),
            ([none, none, no], "\(ReasonCode.banned)"),
        ] {
            let outcome = await AuthenticationChain(methods).authenticate(loginRequest("a", "b"))
            #expect(Optional(outcome).text == expected)
        }
    }

    @Test("Whom nobody knows is refused with the code that fits")
    func nobody() async {
        let chain = AuthenticationChain([Fixed(name: "none", outcome: nil)])
        #expect(
            Optional(await chain.authenticate(loginRequest("a", "b"))).text
                == "\(ReasonCode.badUserNameOrPassword)")
        #expect(
            Optional(await chain.authenticate(loginRequest(nil, nil))).text == "\(ReasonCode.notAuthorized)")
        #expect(
            Optional(await chain.authenticate(loginRequest("a", "b", method: "M"))).text
                == "\(ReasonCode.badAuthenticationMethod)")
    }

    @Test("A listener may have its own ways, or none")
    func listeners() async {
        let chain = AuthenticationChain(
            [AnonymousLogin()], byListener: ["outside": [CertificateLogin()], "closed": []])
        func ask(_ listener: String, certificate: MQTTString? = nil) async -> String {
            Optional(
                await chain.authenticate(
                    loginRequest(nil, nil, listener: listener, certificate: certificate))
            ).text
        }
        #expect(await ask("inside") == "in")
        #expect(await ask("outside") == "\(ReasonCode.notAuthorized)")
        #expect(await ask("outside", certificate: "device") == "in as device")
        #expect(await ask("closed", certificate: "device") == "\(ReasonCode.notAuthorized)")
    }

    @Test("What a client is let in by is told")
    func credentials() async throws {
        let certificate = await CertificateLogin().authenticate(
            loginRequest(nil, nil, certificate: "device"))
        #expect(certificate.credentials?.method == "certificate")
        #expect(
            await AnonymousLogin().authenticate(loginRequest(nil, nil)).credentials?.method == "anonymous")
        #expect(await AnonymousLogin().authenticate(loginRequest("a", nil)).text == "next")
        #expect(await AnonymousLogin().authenticate(loginRequest(nil, "b")).text == "next")
    }
}
