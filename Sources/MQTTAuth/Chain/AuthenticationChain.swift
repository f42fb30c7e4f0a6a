import MQTTCodec
import MQTTEngine

/// Asks one ``LoginMethod`` after the other, until one has an answer. What none answers is refused.
public struct AuthenticationChain: Authenticator {
    private let methods: [any LoginMethod]
    private let byListener: [String: [any LoginMethod]]

    /// - Parameters:
    ///   - methods: in the order of asking.
    ///   - byListener: those of listeners that have their own, by ``Peer/listener``.
    public init(_ methods: [any LoginMethod], byListener: [String: [any LoginMethod]] = [:]) {
        self.methods = methods
        self.byListener = byListener
    }

    public func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
        for method in byListener[request.peer.listener] ?? methods {
            if let outcome = await method.authenticate(request) { return outcome }
        }
        if request.method != nil {
            return .refused(
                .badAuthenticationMethod, reasonString: "the authentication method is not offered")
        }
        if request.userName == nil {
            return .refused(.notAuthorized, reasonString: "a user name and a password are needed")
        }
        return .wrongPassword
    }

    public func outcomeAtOnce(_ request: AuthenticationRequest) -> AuthenticationOutcome? {
        for method in byListener[request.peer.listener] ?? methods {
            switch method.knows(request) {
            case .accepted(let outcome): return outcome
            case .foreign: continue
            case .unknown: return nil
            }
        }
        return nil
    }
}

extension AuthenticationOutcome {
    /// One answer for all, so that it does not tell which names there are.
    static let wrongPassword = Self.refused(
        .badUserNameOrPassword, reasonString: "user name or password is wrong")
}
