import MQTTCodec
import MQTTEngine
import Synchronization

/// Decides as the test tells it: at first, everything is allowed.
final class ScriptedAuthorizer: Authorizer {
    typealias Rule = @Sendable (AccessRequest) -> AccessDecision

    private let filter = Atomic(false)
    private let rule = Mutex<Rule>({ _ in .allow })
    private let log = Mutex<[AccessRequest]>([])

    var filtersMessages: Bool {
        get { filter.load(ordering: .relaxed) }
        set { filter.store(newValue, ordering: .relaxed) }
    }

    /// What was asked on the spot, in order.
    var requests: [AccessRequest] { log.withLock { $0 } }

    func decide(by rule: @escaping Rule) { self.rule.withLock { $0 = rule } }

    func decision(_ request: AccessRequest) -> AccessDecision {
        log.withLock { $0.append(request) }
        let rule = rule.withLock { $0 }
        return rule(request)
    }
}

/// Stands for an authenticator whose answers the test gives through the harness.
struct AbsentAuthenticator: Authenticator {
    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
        .refused(.implementationSpecificError)
    }
}
