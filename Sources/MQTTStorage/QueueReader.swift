import MQTTCodec
import MQTTEngine

/// Reads rows of long queues, a window at a time.
final class QueueReader {
    private let withMessages, alone: PreparedStatement

    init(_ handle: OpaquePointer) throws(StoreError) {
        let from = "WHERE owner = ? AND place > ? AND place <= ? ORDER BY place LIMIT ?"
        withMessages = try unsafe PreparedStatement(
            """
            SELECT \(StoredDelivery.columns), id, bytes, topic_count, properties_count, m.qos, m.retain,
                m.expires_at
            FROM delivery LEFT JOIN message AS m ON m.id = message
            \(from)
            """, on: handle)
        alone = try unsafe PreparedStatement(
            "SELECT \(StoredDelivery.columns) FROM delivery \(from)", on: handle)
    }

    func read(_ question: QueueRead) throws -> QueueRows {
        var rows = QueueRows(question: question, deliveries: [], messages: [], isEnd: false)
        rows.deliveries.reserveCapacity(question.rows)
        var bytes = 0
        let statement = question.includesMessages ? withMessages : alone
        statement.bind(question.owner).bind(question.after).bind(question.through).bind(Int64(question.rows))
        let isEnd = try statement.forEachWhile { row in
            // A row whose flags make no sense still has its place, and its message.
            let delivery =
                (try? StoredDelivery(row))
                ?? StoredDelivery(
                    order: row.int(1), message: row.int(2), qos: .atLeastOnce, retain: false, state: .queued,
                    packetIdentifier: 0, group: 0, subscriptionIdentifiers: [], isOnDiskAlone: true,
                    size: Int(clamping: row.int(7)))
            rows.deliveries.append(delivery)
            if question.includesMessages {
                let message = try? StoredMessage(row, at: 8)
                rows.messages.append(message)
                bytes += message?.bytes.count ?? 0
            }
            return bytes < question.bytes
        }
        rows.isEnd = isEnd && rows.deliveries.count < question.rows
        return rows
    }
}
