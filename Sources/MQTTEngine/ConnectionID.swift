/// Names a connection of one shard. A number is used again, with another generation, when its connection
/// has ended, so that a late event about the old one finds nobody.
public struct ConnectionID: Hashable, Sendable {
    /// The place in the shard's tables, from 0, kept dense: drivers may use it as an index.
    public let slot: UInt32
    public let generation: UInt32

    @inlinable
    public init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}
