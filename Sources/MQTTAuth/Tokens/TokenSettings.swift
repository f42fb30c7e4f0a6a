/// What a token has to say to be accepted.
public struct TokenSettings: Sendable, Equatable {
    /// `iss` has to be this; nil: anything.
    public var issuer: String?
    /// `aud` has to have this in it; nil: anything.
    public var audience: String?
    /// The claim that has the user's name.
    public var userClaim: String
    /// Whether a token without `exp` is refused.
    public var requiresExpiry: Bool
    /// In seconds: how far the clocks of issuer and broker may be apart.
    public var leeway: Int64

    public init(
        issuer: String? = nil, audience: String? = nil, userClaim: String = "sub",
        requiresExpiry: Bool = true,
        leeway: Int64 = 0
    ) {
        self.issuer = issuer
        self.audience = audience
        self.userClaim = userClaim
        self.requiresExpiry = requiresExpiry
        self.leeway = leeway
    }
}
