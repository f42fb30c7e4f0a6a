/// What an acknowledgement survives, the least first.
public enum Durability: String, Sendable, CaseIterable, Comparable {
    /// A crash of the broker, and of the machine: every batch is synced to the disk.
    case synced
    /// A crash of the broker: batches are given to the operating system.
    case written
    /// Nothing: all is in memory.
    case memory

    private var strength: Int {
        switch self {
        case .memory: 0
        case .written: 1
        case .synced: 2
        }
    }

    public static func < (left: Self, right: Self) -> Bool { left.strength < right.strength }
}
