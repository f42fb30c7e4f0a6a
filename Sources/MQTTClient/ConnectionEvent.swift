import MQTTCodec

/// What became of a client's connection: the elements of ``MQTTClient/events()``.
public enum ConnectionEvent: Sendable, Hashable {
    /// The server accepted a connection.
    case connected(sessionPresent: Bool)
    /// A connection ended.
    case connectionLost(ClientError)
    /// The next attempt comes after a delay. The first attempt is 1.
    case reconnecting(attempt: Int, delay: Duration)
    /// An attempt failed.
    case attemptFailed(ClientError)
    /// The server sent the client to another place.
    case redirected(ServerAddress)
    /// A message came that no subscription takes; it was acknowledged and put away.
    case messageUnclaimed(topic: String)
    /// A subscription could not be made again after the session was gone.
    case resubscribeFailed(filter: String, ClientError)
    /// The client has ended, by ``MQTTClient/disconnect(_:)`` (nil) or by what cannot be mended.
    case ended(ClientError?)
}
