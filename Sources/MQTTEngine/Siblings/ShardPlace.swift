/// Which one of how many shards this is. All shards of a broker are siblings: each has its own event loop,
/// clients and sessions, and they tell each other what the others have to know, in ``SiblingBatch``es.
public struct ShardPlace: Sendable, Equatable {
    /// From 0.
    public let index: Int
    /// How many there are, 1 to ``maximumCount``.
    public let count: Int
    /// The same for all siblings: by it they agree where the name of a client or a topic has its home.
    public let seed: UInt64

    /// A set of shards is the bits of one number.
    public static var maximumCount: Int { 64 }

    /// A shard without siblings.
    public static let alone = ShardPlace(index: 0, of: 1, seed: 0)

    public init(index: Int, of count: Int, seed: UInt64) {
        precondition(count >= 1 && count <= Self.maximumCount && index >= 0 && index < count)
        self.index = index
        self.count = count
        self.seed = seed
    }

    var isAlone: Bool { count == 1 }

    /// All but this one.
    var siblings: UInt64 {
        let all = count == 64 ? UInt64.max : 1 << UInt64(count) - 1
        return all & ~(1 << UInt64(index))
    }
}
