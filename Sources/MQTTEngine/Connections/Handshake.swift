import MQTTCodec

/// What is kept of a CONNECT while it is being decided on.
final class Handshake {
    var connect: Connect
    /// Whether no other shard has the client's session any more.
    var isClaimed = false
    /// For CONNACK, while the session is looked for.
    var authenticationData: [UInt8]?
    /// Whether whoever decides on logins has let it in: what is left is its session, and its will.
    var isAccepted = false
    /// What the ``Authenticator`` has found out.
    var credentials = Credentials()
    var validity: Duration?

    init(_ connect: Connect) { self.connect = connect }
}
