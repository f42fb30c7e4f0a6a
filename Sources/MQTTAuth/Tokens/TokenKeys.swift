import Crypto
import JWTKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The keys that tokens are verified with.
public struct TokenKeys: Sendable {
    let keys: [TokenKey]

    /// What ``MQTTEngine/Credentials/key`` says of tokens that one of these has signed.
    public var marks: Set<String> { Set(keys.map(\.mark)) }

    /// Reads key files.
    ///
    /// - Parameters:
    ///   - secretFile: a secret: the bytes of the file without a line end behind them. 32 are enough for HS256,
    ///     48 for HS384, 64 for HS512 (RFC 7518, section 3.2).
    ///   - keyFile: public keys in PEM (RSA, EC, Ed25519), or a JSON Web Key Set.
    /// - Throws: ``FileProblem``.
    public static func load(secretFile: String?, keyFile: String?) async throws -> TokenKeys {
        var keys: [TokenKey] = []
        if let secretFile { keys += try await secret(try TextFile.read(secretFile), secretFile) }
        if let keyFile {
            let text = try TextFile.read(keyFile)
            let isSet = text.utf8.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "{")
            do {
                keys += isSet ? try await keySet(text) : try await publicKeys(text)
            } catch let problem as FileProblem {
                throw problem
            } catch {
                throw FileProblem(
                    path: keyFile, message: "holds no public keys in PEM and no JSON Web Key Set")
            }
        }
        return TokenKeys(keys: keys)
    }

    private static func secret(_ text: String, _ path: String) async throws -> [TokenKey] {
        var bytes = Array(text.utf8)
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
            bytes.removeLast()
        }
        guard bytes.count >= 32 else {
            throw FileProblem(path: path, message: "a secret for tokens has at least 32 bytes")
        }
        let key = HMACKey(from: bytes)
        let hashes: [(String, DigestAlgorithm, Int)] = [
            ("HS256", .sha256, 32), ("HS384", .sha384, 48), ("HS512", .sha512, 64),
        ]
        return try await Self.keys(mark: mark(bytes)) { collection in
            for (name, digest, least) in hashes where bytes.count >= least {
                await collection.add(hmac: key, digestAlgorithm: digest, kid: JWKIdentifier(string: name))
            }
        }
    }

    /// All `BEGIN PUBLIC KEY` of a file.
    private static func publicKeys(_ text: String) async throws -> [TokenKey] {
        let end = "-----END PUBLIC KEY-----"
        var keys: [TokenKey] = []
        for part in text.components(separatedBy: end).dropLast() {
            guard let begin = part.firstRange(of: "-----BEGIN PUBLIC KEY-----") else { throw TokenKeyError() }
            keys += try await publicKey(part[begin.lowerBound...] + end)
        }
        if keys.isEmpty { throw TokenKeyError() }
        return keys
    }

    private static func publicKey(_ text: Substring) async throws -> [TokenKey] {
        let pem = String(text)
        let mark = mark(Array(pem.utf8))
        if let key = try? EdDSA.PublicKey(pem: pem) {
            return try await keys(mark: mark) { await $0.add(eddsa: key, kid: "EdDSA") }
        }
        if let key = try? ES256PublicKey(pem: pem) {
            return try await keys(mark: mark) { await $0.add(ecdsa: key, kid: "ES256") }
        }
        if let key = try? ES384PublicKey(pem: pem) {
            return try await keys(mark: mark) { await $0.add(ecdsa: key, kid: "ES384") }
        }
        if let key = try? ES512PublicKey(pem: pem) {
            return try await keys(mark: mark) { await $0.add(ecdsa: key, kid: "ES512") }
        }
        let key = try Insecure.RSA.PublicKey(pem: pem)
        return try await keys(mark: mark) { collection in
            for (bits, digest) in [(256, DigestAlgorithm.sha256), (384, .sha384), (512, .sha512)] {
                await collection.add(
                    rsa: key, digestAlgorithm: digest, kid: JWKIdentifier(string: "RS\(bits)"))
                await collection.add(
                    pss: key, digestAlgorithm: digest, kid: JWKIdentifier(string: "PS\(bits)"))
            }
        }
    }

    private static func keySet(_ text: String) async throws -> [TokenKey] {
        var keys: [TokenKey] = []
        for key in try JSONDecoder().decode(JWKS.self, from: Data(text.utf8)).keys {
            var key = key
            let identifier = key.keyIdentifier?.string
            if key.algorithm == nil { key.algorithm = try algorithm(for: key) }
            // The collection wants one; which it is does not matter here.
            key.keyIdentifier = "key"
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let mark = mark(Array(try encoder.encode(key)))
            let collection = try await JWTKeyCollection().add(jwk: key)
            let algorithm = try await collection.getKey(for: "key", alg: key.algorithm?.rawValue)
            keys.append(
                TokenKey(identifier: identifier, name: algorithm.name, algorithm: algorithm, mark: mark))
        }
        return keys
    }

    /// The one algorithm of a key that does not name it.
    private static func algorithm(for key: JWK) throws -> JWK.Algorithm {
        switch (key.keyType.rawValue, key.curve?.rawValue) {
        case ("RSA", _): .rs256
        case ("EC", "P-256"): .es256
        case ("EC", "P-384"): .es384
        case ("EC", "P-521"): .es512
        case ("OKP", _): .eddsa
        default: throw TokenKeyError()
        }
    }

    /// Takes the keys out of a collection: it would choose them by what a token says.
    private static func keys(
        mark: String, _ fill: (JWTKeyCollection) async -> Void
    ) async throws -> [TokenKey] {
        let collection = JWTKeyCollection()
        await fill(collection)
        var keys: [TokenKey] = []
        for name in names {
            guard let key = try? await collection.getKey(for: JWKIdentifier(string: name)), key.name == name,
                !keys.contains(where: { $0.name == name })
            else { continue }
            keys.append(TokenKey(identifier: nil, name: name, algorithm: key, mark: mark))
        }
        return keys
    }

    private static let names = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
        "ES512", "EdDSA",
    ]

    private static let markKey = SymmetricKey(size: .bits256)

    private static func mark(_ bytes: [UInt8]) -> String {
        Data(HMAC<SHA256>.authenticationCode(for: bytes, using: markKey)).base64EncodedString()
    }
}

/// A key that is not understood.
struct TokenKeyError: Error {}
