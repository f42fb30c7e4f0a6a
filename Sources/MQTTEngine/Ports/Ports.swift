/// The adapters that a shard works with. None of them: everybody may do everything.
public struct Ports: Sendable {
    public var authenticator: (any Authenticator)?
    public var authorizer: (any Authorizer)?
    public var doorkeeper: (any Doorkeeper)?
    /// Is told of logins, refusals and bans by the broker, and of the rest by whoever causes it.
    public var auditLog: (any AuditLog)?

    public init(
        authenticator: (any Authenticator)? = nil, authorizer: (any Authorizer)? = nil,
        doorkeeper: (any Doorkeeper)? = nil, auditLog: (any AuditLog)? = nil
    ) {
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.doorkeeper = doorkeeper
        self.auditLog = auditLog
    }
}
