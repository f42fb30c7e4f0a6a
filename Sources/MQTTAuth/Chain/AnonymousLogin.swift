import MQTTEngine

/// Lets in who gives neither name nor password.
public struct AnonymousLogin: LoginMethod {
    public let name = "anonymous"

    public init() {}

    public func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome? {
        outcome(of: request)
    }

    public func knows(_ request: AuthenticationRequest) -> KnownLogin {
        outcome(of: request).map { .accepted($0) } ?? .foreign
    }

    private func outcome(of request: AuthenticationRequest) -> AuthenticationOutcome? {
        guard request.method == nil, request.userName == nil, request.password == nil else { return nil }
        return .accepted(credentials: Credentials(method: name))
    }
}
