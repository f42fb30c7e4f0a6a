import MQTTEngine

/// One way for a client to show who it is; a link of an ``AuthenticationChain``.
public protocol LoginMethod: Sendable {
    /// What ``Credentials/method`` calls it.
    var name: String { get }
    /// nil: the request is not for this one; the next in the chain is asked.
    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome?
}
