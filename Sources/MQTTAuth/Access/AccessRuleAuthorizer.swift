import MQTTEngine
import Synchronization

/// Lets clients do what ``AccessRules`` allow. The rules can be replaced while it runs.
public final class AccessRuleAuthorizer: Authorizer {
    private let rules: Mutex<AccessRules>

    public init(_ rules: AccessRules) { self.rules = Mutex(rules) }

    /// Takes other rules from now on. What connected clients were told before, the broker remembers.
    public func replace(_ rules: AccessRules) { self.rules.withLock { $0 = rules } }

    public func decision(_ request: AccessRequest) -> AccessDecision {
        let rules = rules.withLock { $0 }
        let client = AccessClient(
            userName: request.userName, clientIdentifier: request.clientIdentifier)
        let verdict =
            switch request.operation {
            case .publish(let topic, _, _): rules.publishing(topic, by: client)
            case .subscribe(let filter, _): rules.subscribing(filter, by: client)
            }
        return verdict.isAllowed ? .allow : .deny
    }
}
