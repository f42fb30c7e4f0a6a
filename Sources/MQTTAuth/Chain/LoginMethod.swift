import MQTTEngine

/// One way for a client to show who it is; a link of an ``AuthenticationChain``.
public protocol LoginMethod: Sendable {
    /// What ``Credentials/method`` calls it.
    var name: String { get }
    /// nil: the request is not for this one; the next in the chain is asked.
    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome?
    /// What it can say without waiting for anything.
    func knows(_ request: AuthenticationRequest) -> KnownLogin
}

extension LoginMethod {
    public func knows(_ request: AuthenticationRequest) -> KnownLogin { .unknown }
}

/// What a ``LoginMethod`` can say of a request at once.
public enum KnownLogin: Sendable {
    case accepted(AuthenticationOutcome)
    /// The request is not for this one.
    case foreign
    /// It has to be asked.
    case unknown
}
