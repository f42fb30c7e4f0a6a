import MQTTEngine
import NIOCore

/// The ports that may take their time are asked in a task; only the client in question waits.
extension ShardDriver {
    func authenticate(_ id: ConnectionID, _ request: AuthenticationRequest) {
        guard let authenticator = ports.authenticator else { return authenticated(id, .accepted()) }
        if let outcome = authenticator.outcomeAtOnce(request) { return authenticated(id, outcome) }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let login = Task { [gate, reviews] in
            let outcome = await authenticator.authenticate(request)
            gate.execute {
                let driver = bound.value
                driver.asks(nil, for: id)
                // What was right when it was asked may be wrong by now.
                guard driver.reviews == reviews else { return driver.authenticate(id, request) }
                driver.authenticated(id, outcome)
            }
        }
        asks(login, for: id)
    }

    func authorize(_ id: ConnectionID, _ request: AccessRequest) {
        guard let authorizer = ports.authorizer else { return authorized(id, true) }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        Task { [gate] in
            let isAllowed = await authorizer.decide(request)
            gate.execute { bound.value.authorized(id, isAllowed) }
        }
    }
}
