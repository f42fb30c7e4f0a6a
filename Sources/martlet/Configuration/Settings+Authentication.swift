import MQTTBroker

extension Settings {
    /// Who may come in.
    static let authentication: [Setting<ServerConfiguration>] = [
        .optionalPath(
            "authentication.password_file", \.passwordFile,
            """
            Users and their passwords, in Mosquitto's format; `martlet passwd` makes it. Every client then needs \
            a user name and a password, unless `allow_anonymous` lets those in who give neither. Read again \
            when it changes and on SIGHUP.
            """),
        .words(
            "authentication.methods", \.authentication.methods, LoginKind.allCases.map(\.rawValue),
            word: "configured",
            """
            Ways to log in, tried in this order; the first that knows the client decides. `certificate`: the name \
            in a verified certificate. `scram`: SCRAM-SHA-256 with the verifiers of the password file. `jwt`: a \
            token as password. `password`: the password file. `http`: a web service is asked. `anonymous`: clients \
            that give neither name nor password. `configured`: all for which there are settings, in this order, and \
            `anonymous` as `allow_anonymous` says.
            """),
        .optionalPath(
            "authentication.jwt.keys", \.authentication.tokenKeys,
            """
            Public keys that tokens are signed with, in PEM (RSA, EC, Ed25519) or as a JSON Web Key Set. Read again \
            when it changes and on SIGHUP; clients whose token was signed with a key that is gone are disconnected.
            """),
        .optionalPath(
            "authentication.jwt.secret_file", \.authentication.tokenSecret,
            "A secret of at least 32 bytes that tokens are signed with: HS256; 48 for HS384, 64 for HS512. Read again as `keys`."
        ),
        .text(
            "authentication.jwt.issuer", \.authentication.tokenIssuer,
            "What `iss` of a token has to be. Empty: anything."),
        .text(
            "authentication.jwt.audience", \.authentication.tokenAudience,
            "What `aud` of a token has to have in it. Empty: anything."),
        .requiredText(
            "authentication.jwt.user_claim", \.authentication.tokenUserClaim,
            "The claim of a token that is the client's user name, whatever name it sends."),
        .boolean(
            "authentication.jwt.require_expiry", \.authentication.tokenRequiresExpiry,
            "Whether tokens without `exp` are refused. A client is disconnected with 0xA0 when its token expires."
        ),
        .duration(
            "authentication.jwt.leeway", \.authentication.tokenLeeway, in: .seconds, 0...3_600,
            "How far the clocks of the tokens' issuer and of the broker may be apart."),
        .text(
            "authentication.http.url", \.authentication.calloutURL,
            """
            A web service that is asked about logins by POST; see [security.md](security.md#a-web-service). Empty: \
            none. When it cannot be asked, nobody comes in by it.
            """),
        .duration(
            "authentication.http.timeout", \.authentication.calloutTimeout, in: .milliseconds, 10...60_000,
            "Time that the service has for an answer. Then the client is refused with 0x88 Server unavailable."
        ),
        .duration(
            "authentication.http.cache_time", \.authentication.calloutCacheTime, in: .seconds, 0...86_400,
            "Time for which an allowed login is remembered. 0s: the service is asked each time."),
        .count(
            "authentication.http.cache_size", \.authentication.calloutCacheSize, 0...10_000_000,
            "Logins that are remembered."),
        .count(
            "authentication.http.concurrency", \.authentication.calloutConcurrency, 1...10_000,
            "Questions to the service at a time. Clients beyond these are refused with 0x89 Server busy."),
    ]
}
