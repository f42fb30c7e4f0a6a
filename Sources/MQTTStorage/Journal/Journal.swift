import MQTTEngine

/// Where batches are stored first: each as one row, the operations behind each other. From time to time what is
/// left of them goes into the tables. That costs little where most rows would be removed soon after they are made,
/// as those of messages are whose recipients are there.
///
/// Where most rows stay, as those of messages for sessions that are away, batches go straight into the tables.
@safe final class Journal {
    private let handle: OpaquePointer
    private let writer: OperationWriter
    private let insert, clear, last, topPlace: PreparedStatement
    private var encoder = OperationEncoder()
    private(set) var pending: PendingOperations
    /// Bytes that are in it.
    private var bytes = 0
    /// How many it may have, before it goes into the tables.
    private var maximum = Journal.sample
    /// Bytes that still go straight into the tables before the journal is tried again.
    private var direct = 0
    private var number: Int64 = 0
    /// The marker of the last batches in it; nil: there are none.
    private var journalMarker: Int32?

    /// The journal's size, in bytes, while it is found out whether it is worth it...
    private static let sample = 1 << 20
    /// ...where it is...
    private static let whole = 8 << 20
    /// ...and how many bytes go another way where it is not.
    private static let detour = 64 << 20
    /// Operations that are left to be done, at most, and those with what was undone between them.
    private static let operations = 65_536
    private static let slots = 1 << 19

    /// Begins with what the file has.
    init(_ handle: OpaquePointer, _ writer: OperationWriter) throws {
        unsafe self.handle = handle
        self.writer = writer
        insert = try unsafe PreparedStatement("INSERT INTO journal VALUES (?, ?, ?)", on: handle)
        clear = try unsafe PreparedStatement("DELETE FROM journal", on: handle)
        last = try unsafe PreparedStatement(
            "SELECT marker FROM journal ORDER BY number DESC LIMIT 1", on: handle)
        topPlace = try unsafe PreparedStatement(
            "SELECT coalesce(max(place), ?) FROM delivery WHERE owner = ?", on: handle)
        pending = PendingOperations(topMessage: 0)
        try reload()
    }

    /// Forgets what it knows, and reads it again: a transaction was rolled back.
    func reload() throws {
        let top = try unsafe PreparedStatement("SELECT coalesce(max(id), 0) FROM message", on: handle)
            .number()
        pending = PendingOperations(topMessage: top)
        writer.forget()
        bytes = 0
        journalMarker = nil
        var entries: [[UInt8]] = []
        let rows = try unsafe PreparedStatement(
            "SELECT number, marker, operations FROM journal ORDER BY number", on: handle)
        try rows.forEach { row in
            number = max(number, row.int(0))
            journalMarker = Int32(truncatingIfNeeded: row.int(1))
            entries.append(row.bytes(2))
        }
        for entry in entries {
            bytes += entry.count
            var decoder = OperationDecoder(entry)
            while let operation = try decoder.next() { try add(operation) }
        }
    }

    /// Whether everything is in the tables.
    var isEmpty: Bool { bytes == 0 }

    /// The marker of the last batches, wherever they are.
    func marker() throws -> Int32 {
        if let journalMarker { return journalMarker }
        return Int32(
            truncatingIfNeeded: try unsafe PreparedStatement("PRAGMA user_version", on: handle).number())
    }

    private func add(_ operation: StoreOperation) throws {
        try pending.add(operation) { owner throws(StoreError) in
            do {
                return try topPlace.bind(.min).bind(owner).number()
            } catch {
                throw error as? StoreError ?? .damaged("\(error)")
            }
        }
    }

    /// Stores batches, inside a transaction. If that fails it is to be reloaded.
    ///
    /// - Parameter isStraight: whether they go into the tables at once.
    func write(_ batches: some Sequence<StoreBatch>, marker: Int32, isStraight: Bool = false) throws {
        let goesOn = direct > 0 || isStraight || batches.contains { Self.isOfTables($0.operations) }
        encoder.removeAll()
        for batch in batches {
            for operation in batch.operations {
                if goesOn {
                    if case .saveMessage(let message) = operation { direct -= message.bytes.count }
                    direct -= 32
                } else {
                    encoder.add(operation)
                }
                if Self.isOfTables(operation) {
                    try drain()
                    try writer.write(operation)
                    pending.forgetPlaces()
                } else {
                    try add(operation)
                }
            }
        }
        guard !goesOn else {
            direct = max(0, direct)
            try settle(marker: marker)
            return
        }
        number += 1
        bytes += encoder.bytes.count
        journalMarker = marker
        try insert.bind(number).bind(Int64(marker)).bind(encoder.bytes).run()
        guard bytes > maximum || pending.count > Self.operations || pending.slots > Self.slots else { return }
        // More than half of it was of use.
        if pending.count * 2 > pending.added {
            direct = Self.detour
            maximum = Self.sample
        } else {
            maximum = Self.whole
        }
        try settle(marker: marker)
    }

    /// Does all that is to be done, inside a transaction.
    ///
    /// - Parameter marker: that of the last batches; nil: it is known already.
    func settle(marker: Int32? = nil) throws {
        try drain()
        let marker = marker ?? journalMarker
        if let marker, marker != 0 {
            try unsafe PreparedStatement("PRAGMA user_version = \(marker)", on: handle).run()
        }
        if bytes > 0 { try clear.run() }
        bytes = 0
        journalMarker = nil
    }

    private func drain() throws {
        try pending.forEach { try writer.gather($0) }
        try writer.finish()
        pending.removeAll()
    }

    private static func isOfTables(_ operations: [StoreOperation]) -> Bool {
        // By place: no operation is copied to be looked at.
        for place in operations.indices where isOfTables(operations[place]) { return true }
        return false
    }

    /// Whether an operation changes whatever rows there are, and so needs all of them in the tables.
    private static func isOfTables(_ operation: StoreOperation) -> Bool {
        switch operation {
        case .joinGroups, .removeUnusedMessages: true
        default: false
        }
    }
}
