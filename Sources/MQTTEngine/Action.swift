import MQTTCodec

/// What a shard asks its driver to do. Taken in order with ``Shard/nextAction()``.
///
/// What is rare and large is in a box, so that the actions of the hot path are small to move.
public enum Action: Sendable {
    /// There is output: fetch it with ``Shard/takeOutput(of:)`` and write it.
    case write(ConnectionID)
    /// Write the last bytes, then close. The shard has forgotten the connection already.
    indirect case close(ConnectionID, final: Output)
    /// Read no more from the connection until told.
    case pauseReading(ConnectionID)
    case resumeReading(ConnectionID)
    /// Ask the ``Authenticator`` and report through ``Shard/authenticated(_:_:at:)``. The connection waits.
    indirect case authenticate(ConnectionID, AuthenticationRequest)
    /// Ask ``Authorizer/decide(_:)`` and report through ``Shard/authorized(_:_:at:)``. The connection waits.
    indirect case authorize(ConnectionID, AccessRequest)
    /// Ask the store and report through ``Shard/queueRead(_:at:)``.
    indirect case readQueue(QueueRead)
    /// There is something for another shard: fetch it with ``Shard/takeBatch(for:)``. Before anything else is
    /// written, so that whoever is told of something can count on every shard knowing it.
    case pass(to: Int)
    /// Something happened that logs and observers may want to know.
    indirect case report(Event)
}
