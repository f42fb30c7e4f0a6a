import MQTTEngine

/// Lets in whom the handshake has proved to be somebody, by that name.
public struct CertificateLogin: LoginMethod {
    public let name = "certificate"

    public init() {}

    public func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome? {
        outcome(of: request)
    }

    public func knows(_ request: AuthenticationRequest) -> KnownLogin {
        outcome(of: request).map { .accepted($0) } ?? .foreign
    }

    private func outcome(of request: AuthenticationRequest) -> AuthenticationOutcome? {
        guard request.method == nil, let userName = request.peer.certificateName else { return nil }
        return .accepted(userName: userName, credentials: Credentials(method: name))
    }
}
