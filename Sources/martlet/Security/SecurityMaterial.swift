import MQTTAuth
import MQTTBroker

/// Users, rules and certificates, read from files as a whole.
struct SecurityMaterial: Sendable {
    var logins: LoginMaterial
    /// None: the broker has none.
    var rules: AccessRules?
    var tls: [TLSServer.Material]
    /// What it was read by.
    var configuration: ServerConfiguration
}
