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
}
