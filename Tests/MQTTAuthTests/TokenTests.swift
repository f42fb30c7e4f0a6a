import CryptoExtras
import Foundation
import JWTKit
import MQTTCodec
import MQTTEngine
import Testing

@testable import MQTTAuth

@Suite(.timeLimit(.minutes(2))) struct TokenTests {
    private struct Claims: JWTPayload {
        var claims: [String: JSONValue]

        init(_ claims: [String: JSONValue]) { self.claims = claims }

        init(from decoder: any Decoder) throws {
            claims = try decoder.singleValueContainer().decode([String: JSONValue].self)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(claims)
        }

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    private static let secret = String(repeating: "s", count: 64)
    private static let now = 1_000_000.0
    private let directory = FileManager.default.temporaryDirectory.appending(path: "tokens-\(UUID())")

    private func file(_ text: String) throws -> String {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let path = directory.appending(path: UUID().uuidString).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func secretKeys(_ secret: String = Self.secret) async throws -> TokenKeys {
        try await TokenKeys.load(secretFile: try file(secret + "\n"), keyFile: nil)
    }

    private static func sign(
        _ claims: [String: JSONValue], secret: String = Self.secret, header: JWTHeader = JWTHeader()
    ) async throws -> String {
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return try await keys.sign(Claims(claims), header: header)
    }

    private static let anna: [String: JSONValue] = ["sub": .text("anna"), "exp": .number(now + 60)]

    private func outcome(
        _ token: String, _ keys: TokenKeys, _ settings: TokenSettings = TokenSettings(),
        now: Double = Self.now
    ) async -> AuthenticationOutcome? {
        await TokenLogin(keys, settings, now: { now }).authenticate(loginRequest("whoever", token))
    }

    @Test("A token lets its user in, with its roles and rules, for as long as it lives")
    func accepted() async throws {
        var claims = Self.anna
        claims["roles"] = .list([.text("operators")])
        claims["rules"] = .list([
            .object(["allow": .list([.text("publish"), .text("receive")]), "topics": .text("own/#")]),
            .object(["deny": .text("all"), "topics": .list([.text("own/x")])]),
        ])
        let outcome = await outcome(try await Self.sign(claims), try await secretKeys())
        #expect(outcome.text == "in as anna")
        #expect(outcome.validity == .seconds(60))
        #expect(outcome.credentials?.method == "jwt")
        #expect(outcome.credentials?.roles == ["operators"])
        #expect(
            outcome.credentials?.grants == [
                AccessGrant([.publish, .receive], try TopicFilter("own/#")),
                AccessGrant(isAllowed: false, .all, try TopicFilter("own/x")),
            ])
    }

    @Test("Every kind of key: HMAC, RSA, EC, EdDSA, in PEM and as a key set")
    func algorithms() async throws {
        let rsa = try Insecure.RSA.PrivateKey(backing: try _RSA.Signing.PrivateKey(keySize: .bits2048))
        let p256 = ES256PrivateKey(), p384 = ES384PrivateKey(), p521 = ES512PrivateKey()
        let ed = try EdDSA.PrivateKey()
        let pem = [
            rsa.publicKey.pemRepresentation, p256.publicKey.pemRepresentation,
            p384.publicKey.pemRepresentation, p521.publicKey.pemRepresentation,
            ed.publicKey.pemRepresentation,
        ].joined(separator: "\n")
        let keys = try await TokenKeys.load(secretFile: try file(Self.secret), keyFile: try file(pem))
        #expect(keys.marks.count == 6)
        var signers: [JWTKeyCollection] = []
        for digest in [DigestAlgorithm.sha256, .sha384, .sha512] {
            signers.append(
                await JWTKeyCollection().add(hmac: HMACKey(from: Self.secret), digestAlgorithm: digest))
            signers.append(await JWTKeyCollection().add(rsa: rsa, digestAlgorithm: digest))
            signers.append(await JWTKeyCollection().add(pss: rsa, digestAlgorithm: digest))
        }
        signers.append(await JWTKeyCollection().add(ecdsa: p256))
        signers.append(await JWTKeyCollection().add(ecdsa: p384))
        signers.append(await JWTKeyCollection().add(ecdsa: p521))
        signers.append(await JWTKeyCollection().add(eddsa: ed))
        for signer in signers {
            let token = try await signer.sign(Claims(Self.anna))
            #expect(await outcome(token, keys).text == "in as anna")
            let other = try await secretKeys(String(repeating: "o", count: 32))
            #expect(await outcome(token, other).text == "\(ReasonCode.badUserNameOrPassword)")
        }
        let x = Base64URL.text(ed.publicKey.rawRepresentation)
        let set = #"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "\#(x)"}]}"#
        let setKeys = try await TokenKeys.load(secretFile: nil, keyFile: try file(set))
        let signer = await JWTKeyCollection().add(eddsa: ed, kid: "1")
        #expect(
            await outcome(try await signer.sign(Claims(Self.anna), kid: "1"), setKeys).text == "in as anna")
        let stranger = await JWTKeyCollection().add(eddsa: ed, kid: "2")
        #expect(
            await outcome(try await stranger.sign(Claims(Self.anna), kid: "2"), setKeys).reason
                == Token.Refusal.signature.rawValue)
    }

    @Test("A token that is not right is refused, and its owner told why")
    func refused() async throws {
        let keys = try await secretKeys()
        let settings = TokenSettings(issuer: "us", audience: "broker")
        let right: [String: JSONValue] = [
            "sub": .text("anna"), "exp": .number(Self.now + 60), "iss": .text("us"),
            "aud": .list([.text("other"), .text("broker")]), "nbf": .number(Self.now),
        ]
        #expect(await outcome(try await Self.sign(right), keys, settings).text == "in as anna")
        let changes: [(String, JSONValue?, Token.Refusal)] = [
            ("exp", .number(Self.now), .expired), ("exp", .number(Self.now - 60), .expired),
            ("exp", nil, .noExpiry),
            ("exp", .text("tomorrow"), .malformed), ("nbf", .number(Self.now + 1), .notYetValid),
            ("nbf", .text("x"), .malformed), ("iss", .text("them"), .issuer), ("iss", nil, .issuer),
            ("aud", .text("other"), .audience), ("aud", nil, .audience), ("sub", nil, .user),
            ("sub", .text(""), .user),
            ("sub", .number(1), .user), ("roles", .number(1), .rules), ("rules", .text("all"), .rules),
            (
                "rules",
                .list([.object(["allow": .text("all"), "topics": .text("#"), "clients": .text("x")])]), .rules
            ),
            ("rules", .list([.object(["allow": .text("all")])]), .rules),
            ("rules", .list([.object(["allow": .text("everything"), "topics": .text("#")])]), .rules),
            ("rules", .list([.object(["allow": .text("all"), "topics": .text("$share/g/#")])]), .rules),
        ]
        for (name, value, refusal) in changes {
            var claims = right
            claims[name] = value
            let outcome = await outcome(try await Self.sign(claims), keys, settings)
            #expect(outcome.reason == refusal.rawValue, "\(name): \(String(describing: value))")
        }
    }

    @Test("Clocks may be apart by the leeway")
    func leeway() async throws {
        let keys = try await secretKeys()
        let token = try await Self.sign([
            "sub": .text("anna"), "exp": .number(Self.now), "nbf": .number(Self.now + 5),
        ])
        let settings = TokenSettings(leeway: 5)
        #expect(await outcome(token, keys, settings).validity == .seconds(5))
        #expect(await outcome(token, keys, settings, now: Self.now - 1).text != "in as anna")
        #expect(await outcome(token, keys, settings, now: Self.now + 5).text != "in as anna")
    }

    @Test(
        "The header is not believed: no 'none', no other algorithm than the key's, nothing that must be understood"
    )
    func header() async throws {
        let ed = try EdDSA.PrivateKey()
        let pem = ed.publicKey.pemRepresentation
        let keys = try await TokenKeys.load(secretFile: nil, keyFile: try file(pem))
        // A public key taken for a secret: the oldest trick there is.
        let trick = await JWTKeyCollection().add(hmac: HMACKey(from: pem), digestAlgorithm: .sha256)
        let forged = try await trick.sign(Claims(Self.anna))
        #expect(await outcome(forged, keys).reason == Token.Refusal.signature.rawValue)
        let payload = forged.split(separator: ".")[1]
        for header in [#"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{}"#, #"{"alg":"EdDSA"}"#] {
            let token = Base64URL.text(Data(header.utf8)) + ".\(payload)."
            #expect(await outcome(token, keys).text != "in as anna", "\(header)")
        }
        let critical = try await Self.sign(Self.anna, header: ["crit": .array([.string("x")])])
        #expect(await outcome(critical, try await secretKeys()).reason == Token.Refusal.malformed.rawValue)
        let token = try await Self.sign(Self.anna)
        var parts = token.split(separator: ".").map(String.init)
        parts[1] = Base64URL.text(Data(#"{"sub":"root","exp":9999999999}"#.utf8))
        #expect(await outcome(parts.joined(separator: "."), try await secretKeys()).text != "in as root")
    }

    @Test("What does not look like a token is for the next in the chain; by its method it is refused")
    func notMine() async throws {
        let login = TokenLogin(try await secretKeys(), TokenSettings(), now: { Self.now })
        for password in ["secret", "eyJ", "eyJ.a", "a.b.c", ""] {
            #expect(await login.authenticate(loginRequest("anna", password)).text == "next")
        }
        #expect(await login.authenticate(loginRequest(nil, nil)).text == "next")
        #expect(await login.authenticate(loginRequest(nil, nil, method: "SCRAM-SHA-256")).text == "next")
        let refused = await login.authenticate(loginRequest(nil, nil, method: TokenLogin.method))
        #expect(refused.text == "\(ReasonCode.badUserNameOrPassword)")
        let token = Array(try await Self.sign(Self.anna).utf8)
        for step in [AuthenticationRequest.Step.connect, .reauthentication] {
            let request = loginRequest(nil, nil, step: step, method: TokenLogin.method, data: token)
            #expect(await login.authenticate(request).text == "in as anna")
        }
        let long = "eyJ" + String(repeating: "a", count: Token.maximumSize) + ".."
        #expect(await login.authenticate(loginRequest("a", long)).reason == Token.Refusal.malformed.rawValue)
    }

    @Test("Other keys count at once; the same key has the same mark")
    func replaced() async throws {
        let old = try await secretKeys(), again = try await secretKeys()
        let new = try await secretKeys(String(repeating: "n", count: 32))
        #expect(old.marks == again.marks)
        #expect(old.marks.isDisjoint(with: new.marks))
        let login = TokenLogin(old, TokenSettings(), now: { Self.now })
        let request = loginRequest("a", try await Self.sign(Self.anna))
        let outcome = await login.authenticate(request)
        #expect(old.marks.contains(outcome.credentials?.key ?? ""))
        login.replace(new)
        #expect(await login.authenticate(request).text == "\(ReasonCode.badUserNameOrPassword)")
    }

    @Test("Key files that are none are told, without what is in them")
    func wrongFiles() async throws {
        for (secret, keys, message) in [
            ("too short", nil, "at least 32 bytes"), (nil, "secret text", "no public keys"),
            (nil, "{}", "no public keys"),
            (nil, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public keys"),
        ] as [(String?, String?, String)] {
            let secretFile = try secret.map(file), keyFile = try keys.map(file)
            let problem = try #require(
                await #expect(throws: FileProblem.self) {
                    try await TokenKeys.load(secretFile: secretFile, keyFile: keyFile)
                })
            #expect(problem.message.contains(message))
            #expect(!"\(problem)".contains("secret text"))
        }
    }
}

private enum Base64URL {
    static func text(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }
}
