import MQTTCodec
import MQTTEngine

@testable import MQTTAuth

/// A client that wants in.
func loginRequest(
    _ userName: MQTTString?, _ password: String?, identifier: MQTTString = "c", listener: String = "l",
    step: AuthenticationRequest.Step = .connect, method: MQTTString? = nil, data: [UInt8]? = nil,
    exchange: (any Sendable)? = nil, certificate: MQTTString? = nil, address: String = "192.0.2.1:1000"
) -> AuthenticationRequest {
    AuthenticationRequest(
        step: step, peer: Peer(address: address, listener: listener, certificateName: certificate),
        version: .v5, clientIdentifier: identifier, userName: userName,
        password: password.map { Array($0.utf8) }, method: method, data: data,
        connection: ConnectionID(slot: 0, generation: 0), exchange: exchange)
}

extension AuthenticationOutcome? {
    /// "in", "in as NAME", "challenge", "next", or the code of the refusal.
    var text: String {
        switch self {
        case nil: "next"
        case .accepted(let name, _, _, _): name.map { "in as \($0)" } ?? "in"
        case .challenge: "challenge"
        case .refused(let code, _): "\(code)"
        }
    }

    var credentials: Credentials? {
        if case .accepted(_, _, let credentials, _) = self { credentials } else { nil }
    }

    var validity: Duration? { if case .accepted(_, _, _, let validity) = self { validity } else { nil } }

    var reason: String? { if case .refused(_, let reason) = self { reason } else { nil } }
}
