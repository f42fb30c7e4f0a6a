import MQTTAuth
import MQTTBroker

/// Users, rules and certificates, read from files as a whole.
struct SecurityMaterial: Sendable {
    var logins: LoginMaterial
    /// None: there are no rules.
    var rules: AccessRules?
    var tls: TLSServers.Plan
    /// What it was read by.
    var configuration: ServerConfiguration
}
