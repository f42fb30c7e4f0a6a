import MQTTCodec
import NIOCore

/// The brain of the broker: everything that happens on one event loop, without any input or output.
///
/// Events go in through methods that begin with a fact (`received`, `connectionLost`); what is to be done
/// comes out of ``nextAction()``. Time is an argument. Nothing here blocks, waits or knows a thread, so a
/// simulator can drive many shards through any history.
public struct Shard: ~Copyable {
    /// - Parameter seed: for hashing and for identifiers that the shard invents.
    public init(configuration: EngineConfiguration = EngineConfiguration(), ports: Ports = Ports(), seed: UInt64, now: Instant) {}

    /// What was counted since the beginning.
    public var counters: Counters { Counters() }

    /// A transport accepted a connection. nil: there is no room for it; close it.
    public mutating func connectionOpened(_ peer: Peer, at now: Instant) -> ConnectionID? { nil }

    /// Bytes arrived. The shard takes all of them, and keeps what it cannot use yet.
    public mutating func received(_ bytes: ByteBuffer, on connection: ConnectionID, at now: Instant) {}

    /// The transport of a connection has ended, without the shard asking for it.
    public mutating func connectionLost(_ connection: ConnectionID, at now: Instant) {}

    /// Whether the transport takes more bytes at present. While it does not, output gathers in the shard,
    /// within ``Limits/outgoingBytes``.
    public mutating func writabilityChanged(_ isWritable: Bool, of connection: ConnectionID, at now: Instant) {}

    /// The answer to ``Action/authenticate(_:_:)``.
    public mutating func authenticated(_ connection: ConnectionID, _ outcome: AuthenticationOutcome, at now: Instant) {}

    /// The answer to ``Action/authorize(_:_:)``.
    public mutating func authorized(_ connection: ConnectionID, _ isAllowed: Bool, at now: Instant) {}

    /// When ``advance(to:)`` is due next; nil: nothing is.
    public var nextDeadline: Instant? { nil }

    /// Does what time has made due: keep alive, expiry, wills, `$SYS`.
    public mutating func advance(to now: Instant) {}

    /// Ends a connection at the operator's wish.
    public mutating func disconnect(_ connection: ConnectionID, _ reason: ReasonCode, at now: Instant) {}

    /// Ends all connections: wills first, then DISCONNECT 0x8B to 5.0 clients. Accepts nobody any more.
    public mutating func shutDown(at now: Instant) {}

    /// The next thing to do; nil when all is done. Call until nil after every batch of events.
    public mutating func nextAction() -> Action? { nil }

    /// The bytes that wait for a connection, after ``Action/write(_:)``. Empty if it is not writable.
    public mutating func takeOutput(of connection: ConnectionID) -> Output { Output() }

    /// Gives a written buffer back, so that its memory serves the next output.
    public mutating func reclaim(_ buffer: consuming ByteBuffer) {}
}
