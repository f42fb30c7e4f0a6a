import MQTTCodec

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The file of Mosquitto 2.1's plugin persist-sqlite.
struct MosquittoDatabase {
    private let database: ReadOnlyDatabase

    init(_ path: String) throws { database = try ReadOnlyDatabase(path) }

    static func isOne(_ path: String) throws -> Bool {
        try ReadOnlyDatabase(path).hasTables("base_msgs", "client_msgs")
    }

    func read() throws -> MosquittoState {
        try database.snapshot {
            let version = try database.number(
                "SELECT major FROM version_info WHERE component = 'database_schema'")
            guard version == 1 else {
                throw StoreError.refused(
                    "the database has version \(version) of Mosquitto's tables; 1 is understood")
            }
            var state = MosquittoState()
            try readClients(&state)
            try readMessages(&state)
            try database.each(
                "SELECT client_id, topic, subscription_options, subscription_identifier FROM subscriptions"
            ) { row in
                state.subscriptions.append(
                    .init(
                        client: MQTTString(row.bytes(0)), filter: MQTTString(row.bytes(1)),
                        options: UInt8(clamping: row.int(2)), identifier: UInt32(clamping: row.int(3))))
            }
            try database.each("SELECT store_id FROM retains") { row in
                state.retained.append(UInt64(bitPattern: row.int(0)))
            }
            return state
        }
    }

    private func readClients(_ state: inout MosquittoState) throws {
        var wills: [MQTTString: Will] = [:]
        try database.each("SELECT client_id, topic, payload, qos, retain, properties FROM wills") { row in
            wills[MQTTString(row.bytes(0))] = Will(
                topic: MQTTString(row.bytes(1)), payload: row.bytes(2),
                qos: QoS(rawValue: UInt8(clamping: row.int(3))) ?? .atMostOnce, retain: row.int(4) != 0,
                properties: try Self.properties(row.bytes(5)))
        }
        try database.each(
            """
            SELECT client_id, username, session_expiry_interval, session_expiry_time, will_delay_time,
                will_delay_interval
            FROM clients
            """
        ) { row in
            let identifier = MQTTString(row.bytes(0))
            var will = wills[identifier]
            if row.int(5) > 0 && will?.properties.willDelayInterval == nil {
                will?.properties.willDelayInterval = UInt32(clamping: row.int(5))
            }
            state.clients.append(
                .init(
                    identifier: identifier, user: row.optionalBytes(1).map { MQTTString($0) },
                    // 'No end' is stored as -1.
                    expiryInterval: UInt32(truncatingIfNeeded: row.int(2)), expiresAt: row.int(3), will: will,
                    willDueAt: row.int(4)))
        }
    }

    private func readMessages(_ state: inout MosquittoState) throws {
        try database.each(
            "SELECT store_id, topic, payload, properties, qos, retain, expiry_time FROM base_msgs"
        ) { row in
            state.messages[UInt64(bitPattern: row.int(0))] = .init(
                topic: MQTTString(row.bytes(1)), payload: row.bytes(2),
                properties: try Self.properties(row.bytes(3)), qos: UInt8(clamping: row.int(4)),
                retain: row.int(5) != 0, expiresAt: row.int(6))
        }
        try database.each(
            """
            SELECT client_id, store_id, mid, qos, state, retain, direction, subscription_identifier
            FROM client_msgs ORDER BY client_id, cmsg_id, rowid
            """
        ) { row in
            let identifier = UInt32(clamping: row.int(7))
            state.clientMessages.append(
                .init(
                    client: MQTTString(row.bytes(0)), message: UInt64(bitPattern: row.int(1)),
                    packet: UInt16(clamping: row.int(2)), qos: UInt8(clamping: row.int(3)),
                    state: UInt8(clamping: row.int(4)), retain: row.int(5) != 0,
                    isIncoming: row.int(6) == 0, subscriptionIdentifiers: identifier == 0 ? [] : [identifier])
            )
        }
    }

    private static func properties(_ json: [UInt8]) throws -> Properties {
        guard !json.isEmpty else { return Properties() }
        guard let lines = try? JSONDecoder().decode([PropertyLine].self, from: Data(json)) else {
            throw StoreError.refused(
                "properties that cannot be read: \(String(decoding: json, as: UTF8.self))")
        }
        return try PropertyLine.properties(lines)
    }
}
