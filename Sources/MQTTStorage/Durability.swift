/// What an acknowledgement survives.
public enum Durability: String, Sendable, CaseIterable {
    /// A crash of the broker, and of the machine: every batch is synced to the disk.
    case synced
    /// A crash of the broker: batches are given to the operating system.
    case written
    /// Nothing: all is in memory.
    case memory
}
