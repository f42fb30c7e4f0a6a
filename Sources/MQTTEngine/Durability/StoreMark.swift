/// Where the latest change of a row was gathered: while that batch has not begun, the change can be taken back.
struct StoreMark {
    /// 0: there was none.
    var batch: UInt64 = 0
    var place: Int32 = 0
}

/// What the store knows of a delivery.
struct DeliveryRow {
    /// Its place among its owner's deliveries; 0: it has no row.
    var order: Int64 = 0
    var mark = StoreMark()
    /// Whether the change at `mark` makes the row: taken back, there is none.
    var isFirst = false
    /// Whether the row says that it is in nobody's memory, as that of a queue on the disk does.
    var isOnDiskAlone = false
    /// Whether the row holds the packet identifier alone, of a message that is in memory alone: after a crash
    /// the identifier is released, and no message is sent.
    var isIdentifierAlone = false

    /// Where the row of an identifier alone stands: in front of everything else that its session may have.
    static func place(ofIdentifierAlone identifier: UInt16) -> Int64 { -(1 << 40) - Int64(identifier) }

    /// Whether it needs the message's row.
    var usesMessage: Bool { order != 0 && !isIdentifierAlone }
}
