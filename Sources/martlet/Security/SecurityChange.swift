import Logging
import MQTTBroker

/// What ``Security/take(_:)`` has found, as far as connected clients are concerned.
struct SecurityChange: Sendable {
    /// Users who are gone or have another password.
    var users: Set<MQTTString> = []
    /// The keys of tokens that there are now.
    var tokenKeys: Set<String> = []
    var isCertificateNew = false
    var areClientAuthoritiesNew = false
    /// Connections whose certificate would not be accepted any more, by number.
    var refusedConnections: Set<UInt64> = []

    /// Whether a client has to come in anew. One that came by a token does not care about passwords.
    func revokes(_ client: Event.Client, _ credentials: Credentials) -> Bool {
        if refusedConnections.contains(client.peer.number) { return true }
        switch credentials.method {
        case "password", "scram": return client.userName.map(users.contains) ?? false
        case "jwt": return !tokenKeys.contains(credentials.key)
        default: return false
        }
    }

    /// For the log.
    var metadata: Logger.Metadata {
        [
            "users-revoked": "\(users.count)", "certificate": isCertificateNew ? "new" : "the same",
            "client-ca": areClientAuthoritiesNew ? "new" : "the same",
            "certificates-refused": "\(refusedConnections.count)",
        ]
    }
}
