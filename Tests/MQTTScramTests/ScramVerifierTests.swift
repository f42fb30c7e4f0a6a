import MQTTScram
import Testing

@Suite(.timeLimit(.minutes(2))) struct ScramVerifierTests {
    @Test("PostgreSQL's text form is read and written")
    func text() throws {
        let text =
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        let verifier = try #require(ScramVerifier(text))
        #expect(verifier.matches(Array("pencil".utf8)))
        #expect(!verifier.matches(Array("pencils".utf8)))
        #expect(verifier.description == text)
        let made = try ScramVerifier(password: Array("pencil".utf8), iterations: 4_096)
        #expect(ScramVerifier(made.description) == made)
        #expect(made.salt != verifier.salt)
    }

    @Test(
        "What is damaged is not read",
        arguments: [
            "", "SCRAM-SHA-256", "SCRAM-SHA-1$4096:YQ==$YQ==:YQ==", "SCRAM-SHA-256$4096:YQ==$YQ==:YQ==",
            "SCRAM-SHA-256$4095:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
            "SCRAM-SHA-256$4096:$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        ])
    func damaged(_ text: String) { #expect(ScramVerifier(text) == nil) }

    @Test("Too few and too many iterations are refused")
    func iterations() {
        #expect(throws: ScramError.iterations) { try ScramVerifier(password: [1], iterations: 4_095) }
        #expect(throws: ScramError.iterations) { try ScramVerifier(password: [1], iterations: 10_000_001) }
    }
}
