import MQTTCodec
import MQTTEngine

/// What a row says, or why it cannot be: one place for everything that reads the tables.
extension StoredSession {
    static let columns = "id, client, user, version, expiry, expires_at, will, will_due_at"

    init(_ row: borrowing PreparedStatement.Row) throws(StoreError) {
        let id = row.int(0)
        var will: Will?
        if let bytes = row.optionalBytes(6) {
            will = Will(stored: bytes)
            if will == nil { throw .damaged("the will of session \(id) makes no sense") }
        }
        guard let version = ProtocolVersion(rawValue: UInt8(clamping: row.int(3))) else {
            throw .damaged("session \(id) has no valid version")
        }
        self.init(
            id: id, clientIdentifier: MQTTString(row.bytes(1)),
            userName: row.optionalBytes(2).map { MQTTString($0) }, version: version,
            expiryInterval: UInt32(clamping: row.int(4)), expiresAt: row.optionalInt(5), will: will,
            willDueAt: row.optionalInt(7))
    }
}

extension StoredSubscription {
    static let columns = "session, filter, options, identifier, replaying"

    init(_ row: borrowing PreparedStatement.Row) throws(StoreError) {
        guard let options = try? SubscriptionOptions(byte: UInt8(clamping: row.int(2)), version: .v5) else {
            throw .damaged("a subscription of session \(row.int(0)) has no valid options")
        }
        self.init(
            filter: MQTTString(row.bytes(1)), options: options, identifier: UInt32(clamping: row.int(3)),
            isReplaying: row.int(4) != 0)
    }
}

extension StoredMessage {
    static let columns = "id, bytes, topic_count, properties_count, qos, retain, expires_at"

    /// - Parameter first: where its columns begin.
    init(_ row: borrowing PreparedStatement.Row, at first: Int32 = 0) throws(StoreError) {
        let id = row.int(first)
        guard let qos = QoS(rawValue: UInt8(clamping: row.int(first + 4))) else {
            throw .damaged("message \(id) has no valid QoS")
        }
        self.init(
            id: id, bytes: row.bytes(first + 1), topicCount: Int(clamping: row.int(first + 2)),
            propertiesCount: Int(clamping: row.int(first + 3)), qos: qos, retain: row.int(first + 5) != 0,
            expiresAt: row.optionalInt(first + 6))
        guard topicCount > 0, propertiesCount >= 0, topicCount <= bytes.count,
            propertiesCount <= bytes.count - topicCount
        else {
            throw .damaged("message \(id) has parts longer than itself")
        }
    }
}

extension StoredDelivery {
    static let columns = "owner, place, message, flags, packet, share_group, identifiers, size"

    init(_ row: borrowing PreparedStatement.Row) throws(StoreError) {
        let flags = UInt8(clamping: row.int(3))
        guard let qos = QoS(rawValue: flags & 3), let state = State(rawValue: flags >> 3 & 7) else {
            throw .damaged("a delivery of \(row.int(0)) has no valid flags")
        }
        var identifiers: [UInt32] = []
        if let bytes = row.optionalBytes(6) {
            identifiers = stride(from: 0, to: bytes.count - 3, by: 4).map { start in
                (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
            }
        }
        self.init(
            order: row.int(1), message: row.int(2), qos: qos, retain: flags & 4 != 0, state: state,
            packetIdentifier: UInt16(clamping: row.int(4)), group: row.int(5),
            subscriptionIdentifiers: identifiers, isOnDiskAlone: flags & 64 != 0,
            size: Int(clamping: row.int(7)))
    }
}
