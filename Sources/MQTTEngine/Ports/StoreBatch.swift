/// Changes that are stored together: all of them or none.
public struct StoreBatch: Sendable {
    /// Ascending.
    public let number: UInt64
    /// The round that it is a part of: it has to be stored together with the parts of all other shards, in one
    /// transaction. nil: for itself.
    public let round: UInt64?
    public let operations: [StoreOperation]

    init(number: UInt64, round: UInt64? = nil, operations: [StoreOperation]) {
        self.number = number
        self.round = round
        self.operations = operations
    }

    /// The parts of a round together.
    public init(joining parts: [StoreBatch]) {
        self.init(
            number: parts.first?.number ?? 0, round: parts.first?.round,
            operations: parts.flatMap(\.operations))
    }
}
