import NIOCore

/// Where messages of QoS 1 and 2 are kept until they have come to their end, so that they survive the program: a
/// directory, a database, flash memory.
///
/// The client calls it from one task after the other, and hands a message on only when it is stored. A message that was
/// on its way when the program ended is sent anew by the next one. At QoS 2 it may arrive twice then.
public protocol OutboxStore: Sendable {
    /// All that is stored.
    func load() async throws -> [OutboxEntry]

    /// Keeps a message. Returns when it is safe.
    func store(_ message: OutboxEntry) async throws

    /// The message has come to its end.
    func remove(_ number: UInt64) async throws
}

/// A message in an ``OutboxStore``.
public struct OutboxEntry: Hashable, Sendable {
    /// Larger than that of every message before it.
    public var number: UInt64
    /// When it was handed over, topic, payload and all the rest: for the client to read.
    public var bytes: [UInt8]

    public init(number: UInt64, bytes: [UInt8]) {
        self.number = number
        self.bytes = bytes
    }
}
