/// Changes that are stored together: all of them or none.
public struct StoreBatch: Sendable {
    /// Ascending.
    public let number: UInt64
    /// The round that it is a part of: it has to be stored together with the parts of all other shards, in one
    /// transaction. nil: for itself.
    public let round: UInt64?
    public let operations: [StoreOperation]
    /// Whether it has to survive a crash of the machine when it counts as stored; with all batches before it.
    public let isSynced: Bool

    init(number: UInt64, round: UInt64? = nil, operations: [StoreOperation], isSynced: Bool = true) {
        self.number = number
        self.round = round
        self.operations = operations
        self.isSynced = isSynced
    }

    /// The parts of a round together.
    public init(joining parts: [StoreBatch]) {
        self.init(
            number: parts.first?.number ?? 0, round: parts.first?.round,
            operations: parts.flatMap(\.operations), isSynced: parts.contains { $0.isSynced })
    }
}
