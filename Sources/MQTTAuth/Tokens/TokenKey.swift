import JWTKit

/// A key that tokens may be signed with, for one algorithm: what a token's header says is compared with it, never
/// believed.
struct TokenKey: Sendable {
    /// `kid`; nil: the key is tried for tokens with any.
    let identifier: String?
    /// `RS256`, `ES256`, `EdDSA`, `HS256`, ...
    let name: String
    let algorithm: any JWTAlgorithm
    /// The same for the same key, and telling nothing of it.
    let mark: String
}
