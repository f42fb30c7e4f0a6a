import JWTKit
import MQTTCodec

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A token whose signature and claims are right.
struct Token: Sendable, Equatable {
    /// Why a token is refused, in words for its owner. Nothing of the token is part of it.
    enum Refusal: String, Error {
        case malformed = "the token is malformed"
        case signature = "the token's signature is wrong, or of a key that is not known"
        case expired = "the token has expired"
        case notYetValid = "the token is not valid yet"
        case noExpiry = "the token says nothing of its expiry"
        case issuer = "the token is of another issuer"
        case audience = "the token is for another audience"
        case user = "the token names no user"
        case rules = "the token's roles or rules are not understood"
    }

    /// More is no token.
    static let maximumSize = 16_384

    var userName: MQTTString
    /// Seconds since 1970; nil: it does not expire.
    var expiresAt: Double?
    var access: AccessClaims
    /// ``TokenKey/mark`` of the key that has signed it.
    var keyMark: String

    private struct Claims: JWTPayload {
        let claims: [String: JSONValue]

        init(from decoder: any Decoder) throws {
            claims = try decoder.singleValueContainer().decode([String: JSONValue].self)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(claims)
        }

        /// They are looked at where the time is known.
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// Whether a password looks like a token at all: a header that begins as JSON does, and two full stops.
    static func isLike(_ password: [UInt8]) -> Bool {
        password.starts(with: "eyJ".utf8) && password.count(where: { $0 == UInt8(ascii: ".") }) == 2
    }

    /// - Parameter now: seconds since 1970.
    init(
        _ bytes: [UInt8], _ keys: TokenKeys, _ settings: TokenSettings, now: Double
    ) throws(Refusal) {
        let (claims, key) = try Self.verified(bytes, keys)
        if let issuer = settings.issuer, claims["iss"]?.text != issuer { throw .issuer }
        if let audience = settings.audience, claims["aud"]?.texts?.contains(audience) != true {
            throw .audience
        }
        let leeway = Double(settings.leeway)
        if let value = claims["nbf"] {
            guard let notBefore = value.number else { throw .malformed }
            guard now + leeway >= notBefore else { throw .notYetValid }
        }
        if let value = claims["exp"] {
            guard let expiry = value.number else { throw .malformed }
            guard now < expiry + leeway else { throw .expired }
            expiresAt = expiry + leeway
        } else if settings.requiresExpiry {
            throw .noExpiry
        }
        guard let name = claims[settings.userClaim]?.text, !name.isEmpty, name.utf8.count <= 65_535,
            !name.utf8.contains(0)
        else { throw .user }
        userName = MQTTString(name)
        do {
            access = try AccessClaims(claims)
        } catch {
            throw .rules
        }
        keyMark = key.mark
    }

    private static func verified(
        _ bytes: [UInt8], _ keys: TokenKeys
    ) throws(Refusal) -> ([String: JSONValue], TokenKey) {
        guard bytes.count <= maximumSize,
            let (header, payload, signature) = try? DefaultJWTParser().parse(bytes, as: Claims.self),
            let algorithm = header.alg,
            // RFC 7515, section 4.1.11: what must be understood and is not.
            header.fields["crit"] == nil, header.fields["b64"] == nil,
            let lastDot = bytes.lastIndex(of: UInt8(ascii: "."))
        else { throw .malformed }
        let identifier = header.kid
        let signed = Array(bytes[..<lastDot])
        for key in keys.keys where key.name == algorithm {
            if let identifier, let own = key.identifier, own != identifier { continue }
            if (try? key.algorithm.verify(signature, signs: signed)) == true { return (payload.claims, key) }
        }
        throw .signature
    }
}
