import MQTTEngine

/// All that can be set about a ``Broker``.
public struct BrokerConfiguration: Sendable, Equatable {
    /// How the broker behaves, its limits among it.
    public var engine = EngineConfiguration()
    /// Where it listens; may be empty for a broker that only its own process uses.
    public var listeners: [ListenerConfiguration] = []
    /// What one address, user or client may try.
    public var defence = DefenceLimits()
    /// Event loops that share the work, `ShardPlace.maximumCount` at the most; 0: one for each processor that
    /// the process may use.
    public var shards = 0
    /// Bytes read from a connection at a time. One buffer of this size serves all connections of a shard.
    public var readSize = 64 * 1024
    /// Bytes handed to the system's socket but not yet taken by it, from which on a connection counts as not
    /// writable: more waits in the engine, within `Limits.outgoingBytes`.
    public var writeBufferHigh = 256 * 1024
    /// Bytes not yet taken below which a connection counts as writable again.
    public var writeBufferLow = 64 * 1024
    /// Milliseconds that a peer has to take the last bytes and to close, once the broker has ended a connection.
    public var lingerTime: Int64 = 5_000
    /// Milliseconds that all peers have to take their last bytes when the broker stops.
    public var stopTime: Int64 = 3_000

    public init(listeners: [ListenerConfiguration] = []) { self.listeners = listeners }

    /// - Throws: ``BrokerError`` for the first value that cannot be.
    func validate() throws(BrokerError) {
        guard shards >= 0, shards <= ShardPlace.maximumCount else {
            throw .invalidConfiguration(
                "shards is \(shards): it must be from 0 to \(ShardPlace.maximumCount)")
        }
        guard readSize >= 1024, readSize <= 16 * 1024 * 1024 else {
            throw .invalidConfiguration("readSize is \(readSize): it must be from 1 KiB to 16 MiB")
        }
        guard writeBufferLow >= 1, writeBufferHigh >= writeBufferLow else {
            throw .invalidConfiguration("writeBufferLow must be 1 or more, and not above writeBufferHigh")
        }
        guard lingerTime >= 0, stopTime >= 0 else {
            throw .invalidConfiguration("lingerTime and stopTime must not be negative")
        }
        guard defence.handshakes >= 1, defence.remembered >= 1, defence.connectionBurst >= 1 else {
            throw .invalidConfiguration(
                "defence: handshakes, remembered and connectionBurst must be 1 or more")
        }
        for listener in listeners { try listener.validate() }
    }
}
