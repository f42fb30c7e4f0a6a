import MQTTEngine

/// The embedding program may do everything with its own broker: its connections are not authenticated, and
/// not asked what they may do.
enum InProcessTrust {
    /// ``Peer/listener`` of connections from the broker's own process.
    static let listener = "in-process"

    static func extend(_ ports: Ports) -> Ports {
        var ports = ports
        ports.authenticator = ports.authenticator.map(TrustingAuthenticator.init)
        ports.authorizer = ports.authorizer.map(TrustingAuthorizer.init)
        ports.doorkeeper = ports.doorkeeper.map(TrustingDoorkeeper.init)
        return ports
    }

    private struct TrustingDoorkeeper: Doorkeeper {
        let base: any Doorkeeper

        func refusal(
            _ peer: Peer, clientIdentifier: MQTTString, userName: MQTTString?
        ) -> DoorkeeperRefusal? {
            peer.listener == listener
                ? nil : base.refusal(peer, clientIdentifier: clientIdentifier, userName: userName)
        }
    }

    private struct TrustingAuthenticator: Authenticator {
        let base: any Authenticator

        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            request.peer.listener == listener ? .accepted() : await base.authenticate(request)
        }

        func outcomeAtOnce(_ request: AuthenticationRequest) -> AuthenticationOutcome? {
            request.peer.listener == listener ? .accepted() : base.outcomeAtOnce(request)
        }
    }

    private struct TrustingAuthorizer: Authorizer {
        let base: any Authorizer

        var filtersMessages: Bool { base.filtersMessages }

        func decision(_ request: AccessRequest) -> AccessDecision {
            request.peer.listener == listener ? .allow : base.decision(request)
        }

        func decide(_ request: AccessRequest) async -> Bool {
            request.peer.listener == listener ? true : await base.decide(request)
        }
    }
}
