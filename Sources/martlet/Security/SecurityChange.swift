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
    /// Connections that would not be let in any more with their certificate, or without one, by number.
    var refusedConnections: Set<UInt64> = []
    /// Where there are other ways to log in than before; nil: there are not, or nobody is asked any more.
    var logins: Logins?

    /// Whether a client has to come in anew. One that came by a token does not care about passwords.
    func revokes(_ client: Event.Client, _ credentials: Credentials) -> Bool {
        if refusedConnections.contains(client.peer.number) { return true }
        // It has not said who it is, and will be asked by the rules of now.
        if client.identifier.isEmpty { return false }
        if let logins, !logins.accept(client, credentials) { return true }
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
