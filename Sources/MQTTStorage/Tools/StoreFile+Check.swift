import MQTTCodec
import MQTTEngine

extension StoreFile {
    /// What is wrong with the file and with what is in it, at most `maximum` findings; empty if it is sound.
    public func check(maximum: Int = 100) throws -> [String] {
        var findings: [String] = []
        do {
            try database.snapshot {
                try database.each("PRAGMA integrity_check(\(maximum))") { row in
                    let text = String(decoding: row.bytes(0), as: UTF8.self)
                    if text != "ok" { findings.append(text) }
                }
                // What hangs on damaged pages says nothing new.
                guard findings.isEmpty else { return }
                try checkJournal()
                try checkRows(&findings, maximum)
                for (what, rows) in Self.strays {
                    let count = try database.count(rows)
                    if count > 0 { findings.append("\(what): \(count)") }
                }
            }
        } catch let error as StoreError where error.isCorruption {
            findings.append(error.message)
        }
        return Array(findings.prefix(maximum))
    }

    private func checkRows(_ findings: inout [String], _ maximum: Int) throws {
        try check("\(StoredSession.columns) FROM session", &findings, maximum) { row throws(StoreError) in
            _ = try ExportLine(.saveSession(try StoredSession(row)))
        }
        try check("\(StoredSubscription.columns) FROM subscription", &findings, maximum) {
            row throws(StoreError) in
            guard (try? TopicFilter(try StoredSubscription(row).filter)) != nil else {
                throw .damaged("a subscription of session \(row.int(0)) has no valid filter")
            }
        }
        try check("\(StoredMessage.columns) FROM message", &findings, maximum) { row throws(StoreError) in
            _ = try ExportLine(.saveMessage(try StoredMessage(row)))
        }
        try check("\(StoredDelivery.columns) FROM delivery", &findings, maximum) { row throws(StoreError) in
            _ = try StoredDelivery(row)
        }
    }

    private func check(
        _ query: String, _ findings: inout [String], _ maximum: Int,
        _ row: (borrowing PreparedStatement.Row) throws(StoreError) -> Void
    ) throws {
        var found: [String] = []
        try database.each("SELECT \(query)") { values in
            guard found.count < maximum else { return }
            do throws(StoreError) {
                try row(values)
            } catch {
                found.append(error.message)
            }
        }
        findings += found
    }

    /// Rows that refer to what is not there. A delivery that was handed over needs no message any more.
    private static let strays = [
        ("subscriptions without their session", "subscription WHERE session NOT IN (SELECT id FROM session)"),
        (
            "received packet identifiers without their session",
            "received WHERE session NOT IN (SELECT id FROM session)"
        ),
        (
            "deliveries without their owner",
            "delivery WHERE owner NOT IN (SELECT id FROM session UNION ALL SELECT id FROM share_group)"
        ),
        (
            "deliveries without their message",
            "delivery WHERE flags & 24 < 16 AND message NOT IN (SELECT id FROM message)"
        ),
        ("retained topics without their message", "retained WHERE message NOT IN (SELECT id FROM message)"),
        (
            "packet identifiers used twice",
            "(SELECT 1 FROM delivery WHERE packet > 0 GROUP BY owner, packet HAVING count(*) > 1)"
        ),
        (
            "client identifiers with two sessions",
            "(SELECT 1 FROM session GROUP BY client HAVING count(*) > 1)"
        ),
    ]
}
