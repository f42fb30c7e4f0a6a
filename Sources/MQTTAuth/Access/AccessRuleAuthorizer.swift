import MQTTEngine
import Synchronization

/// Lets clients do what ``AccessRules`` allow. The rules can be replaced while it runs.
public final class AccessRuleAuthorizer: Authorizer {
    private let rules: Mutex<AccessRules>
    public let filtersMessages: Bool
    private let mayBeGrantedElsewhere: Bool

    /// - Parameter mayBeGrantedElsewhere: whether clients may show rights, or roles, besides those of the rules.
    ///   What one may do that was last connected before this start is then not known until it comes.
    public init(_ rules: AccessRules, mayBeGrantedElsewhere: Bool = false) {
        filtersMessages = rules.policy == .filter
        self.rules = Mutex(rules)
        self.mayBeGrantedElsewhere = mayBeGrantedElsewhere
    }

    /// Takes other rules from now on. What connected clients were told before, the broker remembers.
    public func replace(_ rules: AccessRules) { self.rules.withLock { $0 = rules } }

    public func decision(_ request: AccessRequest) -> AccessDecision {
        let rules = rules.withLock { $0 }
        let client = AccessClient(
            userName: request.userName, clientIdentifier: request.clientIdentifier,
            address: request.peer.address, listener: request.peer.listener,
            roles: request.credentials?.roles ?? [], grants: request.credentials?.grants ?? [])
        let verdict =
            switch request.operation {
            case .publish(let topic, let qos, let retain):
                rules.publishing(topic, qos: qos, retain: retain, by: client)
            case .subscribe(let filter, let qos): rules.subscribing(filter, qos: qos, by: client)
            case .receive(let topic): rules.receiving(topic, by: client)
            }
        if verdict == .notAllowed && request.credentials == nil && mayBeGrantedElsewhere { return .undecided }
        return verdict.isAllowed ? .allow : .deny
    }
}
