import MQTTCodec
import MQTTEngine
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Lets in who shows a JSON Web Token (RFC 7519) as password, or as Authentication Data of the method `JWT`: by
/// that, a client can show a new one on the same connection, MQTT 5.0 section 4.12.1.
///
/// The token's user name takes the place of the one that the client sends. Connections end with their tokens.
public final class TokenLogin: LoginMethod {
    /// The Authentication Method.
    public static let method: MQTTString = "JWT"

    public let name = "jwt"
    private let keys: Mutex<TokenKeys>
    private let settings: TokenSettings
    private let now: @Sendable () -> Double

    /// - Parameter now: seconds since 1970.
    public init(
        _ keys: TokenKeys, _ settings: TokenSettings,
        now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }
    ) {
        self.keys = Mutex(keys)
        self.settings = settings
        self.now = now
    }

    /// Takes other keys from now on.
    public func replace(_ keys: TokenKeys) { self.keys.withLock { $0 = keys } }

    public func knows(_ request: AuthenticationRequest) -> KnownLogin {
        text(in: request) == nil ? .foreign : .unknown
    }

    /// The token of a request; nil: it has none.
    private func text(in request: AuthenticationRequest) -> [UInt8]? {
        if request.method == Self.method { return request.data ?? [] }
        guard request.method == nil, let password = request.password, Token.isLike(password) else {
            return nil
        }
        return password
    }

    public func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome? {
        guard let bytes = text(in: request) else { return nil }
        let now = now()
        do throws(Token.Refusal) {
            let token = try Token(bytes, keys.withLock { $0 }, settings, now: now)
            let credentials = Credentials(
                method: name, key: token.keyMark, roles: token.access.roles, grants: token.access.grants)
            return .accepted(
                userName: token.userName, credentials: credentials,
                validity: token.expiresAt.map { .seconds(min($0 - now, 1e12)) })
        } catch {
            return .refused(
                error == .signature || error == .malformed ? .badUserNameOrPassword : .notAuthorized,
                reasonString: error.rawValue)
        }
    }
}
