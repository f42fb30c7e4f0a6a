import MQTTCodec
import MQTTEngine

/// Reads all that is stored.
@safe struct StateReader {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { unsafe self.handle = handle }

    func read() throws -> StoredState {
        var state = StoredState()
        try each("SELECT \(StoredSession.columns) FROM session") { row in
            state.sessions.append(try StoredSession(row))
        }
        try each("SELECT \(StoredSubscription.columns) FROM subscription") { row in
            state.subscriptions.append((row.int(0), try StoredSubscription(row)))
        }
        try each("SELECT id, filter FROM share_group") { row in
            state.groups.append((row.int(0), MQTTString(row.bytes(1))))
        }
        try each("SELECT \(StoredMessage.columns) FROM message ORDER BY id") { row in
            state.messages.append(try StoredMessage(row))
        }
        try each("SELECT \(StoredDelivery.columns) FROM delivery ORDER BY owner, place") { row in
            state.deliveries.append((row.int(0), try StoredDelivery(row)))
        }
        try each("SELECT session, packet FROM received") { row in
            state.received.append((row.int(0), UInt16(clamping: row.int(1))))
        }
        try each("SELECT topic, message FROM retained") { row in
            state.retained.append((MQTTString(row.bytes(0)), row.int(1)))
        }
        return state
    }

    private func each(_ sql: String, _ body: (borrowing PreparedStatement.Row) throws -> Void) throws {
        try unsafe PreparedStatement(sql, on: handle).forEach(body)
    }
}
