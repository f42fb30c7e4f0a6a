import MQTTBroker

/// What ``Security/reload()`` has found, as far as connected clients are concerned.
struct SecurityChange: Sendable {
    /// Users who are gone or have another password.
    var users: Set<MQTTString> = []
    var isCertificateNew = false
    var areClientAuthoritiesNew = false
    /// Whether the configuration has changed where it only counts at the start.
    var needsRestart = false

    /// Whether a client has to come in anew.
    func revokes(_ client: Event.Client) -> Bool {
        if client.peer.certificateName != nil { return areClientAuthoritiesNew }
        return client.userName.map(users.contains) ?? false
    }
}
