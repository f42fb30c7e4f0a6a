import Foundation
import GRDBSQLite
import NIOCore

/// Writes files as Mosquitto does, chunk by chunk.
struct MosquittoFileWriter {
    private(set) var bytes: [UInt8] = [0, 0xB5, 0] + Array("mosquitto db".utf8) + [0, 0, 0, 0]

    init(version: UInt8 = 6) { bytes += [0, 0, 0, version] }

    private mutating func chunk(_ kind: UInt32, _ write: (inout ByteBuffer) -> Void) {
        var body = ByteBuffer()
        write(&body)
        var chunk = ByteBuffer()
        chunk.writeInteger(kind)
        chunk.writeInteger(UInt32(body.readableBytes))
        chunk.writeBuffer(&body)
        bytes += chunk.readableBytesView
    }

    mutating func configuration() {
        chunk(1) { $0.writeRepeatingByte(1, count: 16) }
    }

    mutating func message(
        _ number: UInt64, _ topic: String, _ payload: String, qos: UInt8, retain: Bool = false,
        expiresAt: Int64 = 0, properties: [UInt8] = []
    ) {
        chunk(2) { body in
            body.writeInteger(number, endianness: .little)
            body.writeInteger(expiresAt, endianness: .little)
            body.writeInteger(UInt32(payload.utf8.count))
            for count in [UInt16(1), 6, 4, UInt16(topic.utf8.count), 1883] { body.writeInteger(count) }
            body.writeBytes([qos, retain ? 1 : 0])
            body.writeString("source" + "user" + topic + payload)
            if !properties.isEmpty { body.writeBytes([UInt8(properties.count)] + properties) }
        }
    }

    mutating func client(_ name: String, interval: UInt32, expiresAt: Int64 = 0, user: [UInt8] = []) {
        chunk(6) { body in
            body.writeInteger(expiresAt, endianness: .little)
            body.writeInteger(interval)
            for count in [UInt16(9), UInt16(name.utf8.count), 1883, UInt16(user.count)] {
                body.writeInteger(count)
            }
            body.writeInteger(UInt32(0))
            body.writeString(name)
            body.writeBytes(user)
        }
    }

    mutating func delivery(
        _ client: String, _ number: UInt64, packet: UInt16, qos: UInt8, state: UInt8,
        isIncoming: Bool = false,
        identifier: UInt8 = 0
    ) {
        chunk(3) { body in
            body.writeInteger(number, endianness: .little)
            body.writeInteger(packet)
            body.writeInteger(UInt16(client.utf8.count))
            body.writeBytes([qos, state, 0, isIncoming ? 0 : 1])
            body.writeString(client)
            if identifier > 0 { body.writeBytes([2, 11, identifier]) }
        }
    }

    mutating func subscription(_ client: String, _ filter: String, qos: UInt8, options: UInt8 = 0) {
        chunk(5) { body in
            body.writeInteger(UInt32(0))
            body.writeInteger(UInt16(client.utf8.count))
            body.writeInteger(UInt16(filter.utf8.count))
            body.writeBytes([qos, options, 0, 0])
            body.writeString(client + filter)
        }
    }

    mutating func retained(_ number: UInt64) {
        chunk(4) { $0.writeInteger(number, endianness: .little) }
    }
}

/// A file with the tables of Mosquitto 2.1's plugin persist-sqlite.
enum MosquittoDatabaseFile {
    static func write(_ path: String, _ rows: String) -> Bool {
        var opened: OpaquePointer?
        defer { unsafe sqlite3_close_v2(opened) }
        guard unsafe sqlite3_open(path, &opened) == SQLITE_OK else { return false }
        return unsafe sqlite3_exec(opened, tables + rows, nil, nil, nil) == SQLITE_OK
    }

    private static let tables = """
        CREATE TABLE base_msgs (
            store_id INT64 PRIMARY KEY, expiry_time INT64, topic STRING NOT NULL, payload BLOB, source_id STRING,
            source_username STRING, payloadlen INTEGER, source_mid INTEGER, source_port INTEGER, qos INTEGER,
            retain INTEGER, properties STRING);
        CREATE TABLE retains (topic STRING PRIMARY KEY, store_id INT64);
        CREATE TABLE clients (
            client_id TEXT PRIMARY KEY, username TEXT, connection_time INT64, will_delay_time INT64,
            session_expiry_time INT64, listener_port INT, max_packet_size INT, max_qos INT, retain_available INT,
            session_expiry_interval INT, will_delay_interval INT);
        CREATE TABLE subscriptions (
            client_id TEXT NOT NULL, topic TEXT NOT NULL, subscription_options INTEGER,
            subscription_identifier INTEGER, PRIMARY KEY (client_id, topic));
        CREATE TABLE client_msgs (
            client_id TEXT NOT NULL, cmsg_id INT64, store_id INT64, dup INTEGER, direction INTEGER, mid INTEGER,
            qos INTEGER, retain INTEGER, state INTEGER, subscription_identifier INTEGER);
        CREATE TABLE version_info (
            component TEXT NOT NULL, major INTEGER NOT NULL, minor INTEGER NOT NULL, patch INTEGER NOT NULL);
        CREATE TABLE wills (
            client_id TEXT PRIMARY KEY, payload BLOB, topic STRING NOT NULL, payloadlen INTEGER, qos INTEGER,
            retain INTEGER, properties STRING);
        INSERT INTO version_info VALUES ('database_schema', 1, 1, 0);

        """
}
