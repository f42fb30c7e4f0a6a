import MQTTCodec
import MQTTEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension StoreFile {
    /// Writes all that is stored as lines of JSON, about 64 KiB at a time, in an order that an import can
    /// follow: what is referred to comes first.
    ///
    /// - Throws: ``StoreError``, and what `write` throws.
    public func export(_ write: ([UInt8]) throws -> Void) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var block: [UInt8] = []
        var lines = 0
        func add(_ line: ExportLine) throws {
            block += try encoder.encode(line)
            block.append(UInt8(ascii: "\n"))
            lines += 1
            guard block.count >= 65_536 else { return }
            try write(block)
            block.removeAll(keepingCapacity: true)
        }
        guard try !hasJournal else {
            throw StoreError.damaged("the journal of \(path) cannot be read: not everything is in the tables")
        }
        try add(ExportLine(martletExport: .init(version: ExportLine.version)))
        try database.snapshot {
            try forEachRow { row in
                if let line = try ExportLine(row) { try add(line) }
            }
        }
        try add(ExportLine(end: .init(lines: lines - 1)))
        try write(block)
    }

    /// All rows, as the operations that would write them.
    func forEachRow(_ body: (StoreOperation) throws -> Void) throws {
        try database.each("SELECT \(StoredSession.columns) FROM session ORDER BY id") { row in
            try body(.saveSession(try StoredSession(row)))
        }
        try database.each("SELECT \(StoredSubscription.columns) FROM subscription ORDER BY session") { row in
            try body(.saveSubscription(session: row.int(0), try StoredSubscription(row)))
        }
        try database.each("SELECT id, filter FROM share_group ORDER BY id") { row in
            try body(.saveGroup(row.int(0), filter: MQTTString(row.bytes(1))))
        }
        try database.each("SELECT \(StoredMessage.columns) FROM message ORDER BY id") { row in
            try body(.saveMessage(try StoredMessage(row)))
        }
        try database.each("SELECT topic, message FROM retained ORDER BY topic") { row in
            try body(.saveRetained(topic: MQTTString(row.bytes(0)), message: row.int(1)))
        }
        try database.each("SELECT \(StoredDelivery.columns) FROM delivery ORDER BY owner, place") { row in
            try body(.saveDelivery(owner: row.int(0), try StoredDelivery(row)))
        }
        try database.each("SELECT session, packet FROM received ORDER BY session, packet") { row in
            try body(.saveReceived(session: row.int(0), packetIdentifier: UInt16(clamping: row.int(1))))
        }
    }
}
