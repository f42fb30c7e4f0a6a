/// The adapters that a shard works with. None of them: everybody may do everything.
public struct Ports: Sendable {
    public var authenticator: (any Authenticator)?
    public var authorizer: (any Authorizer)?

    public init(authenticator: (any Authenticator)? = nil, authorizer: (any Authorizer)? = nil) {
        self.authenticator = authenticator
        self.authorizer = authorizer
    }
}
