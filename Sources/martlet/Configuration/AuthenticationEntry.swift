import MQTTAuth

/// Ways to log in as they were configured, besides the password file.
struct AuthenticationEntry: Sendable, Equatable {
    /// None: all that are configured.
    var methods: String?
    /// None: no tokens are signed with a secret.
    var tokenSecret: String?
    /// None: no tokens are signed with keys.
    var tokenKeys: String?
    var tokenIssuer: String?
    var tokenAudience: String?
    var tokenUserClaim = "sub"
    var tokenRequiresExpiry = true
    /// In seconds.
    var tokenLeeway: Int64 = 0
    /// None: no service is asked.
    var calloutURL: String?
    /// In milliseconds.
    var calloutTimeout: Int64 = 5_000
    /// In seconds.
    var calloutCacheTime: Int64 = 60
    var calloutCacheSize = 10_000
    var calloutConcurrency = 64

    var hasTokens: Bool { tokenSecret != nil || tokenKeys != nil }

    var tokens: TokenSettings {
        TokenSettings(
            issuer: tokenIssuer, audience: tokenAudience, userClaim: tokenUserClaim,
            requiresExpiry: tokenRequiresExpiry, leeway: tokenLeeway)
    }

    var callout: CalloutSettings? {
        calloutURL.map { url in
            CalloutSettings(
                url: url, timeout: calloutTimeout, cacheTime: calloutCacheTime, cacheSize: calloutCacheSize,
                concurrency: calloutConcurrency)
        }
    }
}

extension ServerConfiguration {
    /// Whether a way to log in is configured.
    func has(_ kind: LoginKind) -> Bool {
        switch kind {
        case .certificate:
            tls.clientCertificates != .off
                || listeners.contains { $0.tls.over(tls).clientCertificates != .off }
        case .scram, .password: passwordFile != nil
        case .jwt: authentication.hasTokens
        case .http: authentication.calloutURL != nil
        case .anonymous: true
        }
    }

    /// The ways to log in where a listener has none of its own.
    var loginKinds: [LoginKind] {
        if let methods = authentication.methods { return LoginKind.list(methods) }
        let isSomebody = [LoginKind.password, .jwt, .http].contains { has($0) }
        return LoginKind.allCases.filter { kind in
            kind == .anonymous ? allowAnonymous || !isSomebody : has(kind)
        }
    }

    /// Whether clients are looked at when they come; if not, everybody may.
    var isAuthenticated: Bool {
        hasAccessRules || authentication.methods != nil || listeners.contains { $0.authentication != nil }
            || LoginKind.allCases.contains { $0 != .anonymous && has($0) }
    }
}
