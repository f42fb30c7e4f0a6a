import MQTTAuth
import MQTTBroker

/// `authorization.roles` and `authorization.rules` as they were configured.
struct AccessSection: Sendable, Equatable {
    /// The users that have a role, by role.
    var roles: [MQTTString: [MQTTString]] = [:]
    var rules: [AccessRule] = []
    /// Whether there is a list of rules, be it empty: what none of them allows is refused.
    var hasRules = false
}
