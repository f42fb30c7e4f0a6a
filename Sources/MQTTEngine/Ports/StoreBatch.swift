/// Changes that are stored together: all of them or none.
public struct StoreBatch: Sendable {
    /// Ascending.
    public let number: UInt64
    public let operations: [StoreOperation]
}
