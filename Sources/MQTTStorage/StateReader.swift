import MQTTCodec
import MQTTEngine

/// Reads all that is stored.
@safe struct StateReader {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { unsafe self.handle = handle }

    func read() throws -> StoredState {
        var state = StoredState()
        try each("SELECT id, client, user, version, expiry, expires_at, will, will_due_at FROM session") {
            row in
            state.sessions.append(
                StoredSession(
                    id: row.int(0), clientIdentifier: MQTTString(row.bytes(1)),
                    userName: row.optionalBytes(2).map { MQTTString($0) },
                    version: ProtocolVersion(rawValue: UInt8(clamping: row.int(3))) ?? .v5,
                    expiryInterval: UInt32(clamping: row.int(4)), expiresAt: row.optionalInt(5),
                    will: row.optionalBytes(6).flatMap { Will(stored: $0) }, willDueAt: row.optionalInt(7)))
        }
        try each("SELECT session, filter, options, identifier, replaying FROM subscription") { row in
            guard let options = try? SubscriptionOptions(byte: UInt8(clamping: row.int(2)), version: .v5)
            else {
                throw damaged("a subscription has no valid options")
            }
            state.subscriptions.append(
                (
                    row.int(0),
                    StoredSubscription(
                        filter: MQTTString(row.bytes(1)), options: options,
                        identifier: UInt32(clamping: row.int(3)), isReplaying: row.int(4) != 0)
                ))
        }
        try each("SELECT id, filter FROM share_group") { row in
            state.groups.append((row.int(0), MQTTString(row.bytes(1))))
        }
        try each(
            "SELECT id, bytes, topic_count, properties_count, qos, retain, expires_at FROM message ORDER BY id"
        ) { row in
            let message = StoredMessage(
                id: row.int(0), bytes: row.bytes(1), topicCount: Int(row.int(2)),
                propertiesCount: Int(row.int(3)),
                qos: QoS(rawValue: UInt8(clamping: row.int(4))) ?? .atMostOnce, retain: row.int(5) != 0,
                expiresAt: row.optionalInt(6))
            guard message.topicCount > 0, message.propertiesCount >= 0,
                message.topicCount + message.propertiesCount <= message.bytes.count
            else { throw damaged("message \(message.id) has parts longer than itself") }
            state.messages.append(message)
        }
        try readDeliveries(&state)
        try each("SELECT session, packet FROM received") { row in
            state.received.append((row.int(0), UInt16(clamping: row.int(1))))
        }
        try each("SELECT topic, message FROM retained") { row in
            state.retained.append((MQTTString(row.bytes(0)), row.int(1)))
        }
        return state
    }

    private func readDeliveries(_ state: inout StoredState) throws {
        let sql = """
            SELECT owner, place, message, flags, packet, share_group, identifiers
            FROM delivery ORDER BY owner, place
            """
        try each(sql) { row in
            let flags = UInt8(clamping: row.int(3))
            guard let qos = QoS(rawValue: flags & 3),
                let delivery = StoredDelivery.State(rawValue: flags >> 3)
            else {
                throw damaged("a delivery has no valid flags")
            }
            let bytes = row.bytes(6)
            let identifiers = stride(from: 0, to: bytes.count - 3, by: 4).map { start in
                (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
            }
            state.deliveries.append(
                (
                    row.int(0),
                    StoredDelivery(
                        order: row.int(1), message: row.int(2), qos: qos, retain: flags & 4 != 0,
                        state: delivery,
                        packetIdentifier: UInt16(clamping: row.int(4)), group: row.int(5),
                        subscriptionIdentifiers: identifiers)
                ))
        }
    }

    private func each(_ sql: String, _ body: (borrowing PreparedStatement.Row) throws -> Void) throws {
        try unsafe PreparedStatement(sql, on: handle).forEach(body)
    }

    private func damaged(_ text: String) -> StoreError { StoreError(code: 11, message: text) }
}
