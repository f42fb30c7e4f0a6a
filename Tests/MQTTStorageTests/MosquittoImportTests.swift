import Foundation
import MQTTCodec
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// Taking over what Mosquitto has stored. Tests/Interop/test_store.py does it with a real one.
@Suite("Storage: import from Mosquitto")
struct MosquittoImportTests {
    private let directory: TemporaryDirectory
    private let floor: [UInt8] = [38, 0, 5] + Array("floor".utf8) + [0, 1] + Array("1".utf8)

    init() throws { directory = try TemporaryDirectory() }

    private func state(of bytes: [UInt8]) async throws -> (StoredState, ImportReport) {
        let path = directory.path + "/mosquitto.db"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try await state(path)
    }

    private func state(_ path: String) async throws -> (StoredState, ImportReport) {
        let report = try StoreImport.run(from: path, into: directory.path, replace: true)
        #expect(try StoreFile(directory: directory.path).check() == [])
        let file = try StoreFileOnDisk(directory)
        let state = try await file.store.load()
        await file.store.close()
        return (state, report)
    }

    private func topics(_ state: StoredState, of client: MQTTString) -> [String] {
        guard let id = state.sessions.first(where: { $0.clientIdentifier == client })?.id else { return [] }
        return state.deliveries.filter { $0.owner == id }.sorted { $0.1.order < $1.1.order }.map {
            _, delivery in
            let message = state.messages.first { $0.id == delivery.message }
            let topic = message.map { String(decoding: $0.bytes[..<$0.topicCount], as: UTF8.self) }
            return "\(topic ?? "-") \(delivery.qos.rawValue) \(delivery.state) \(delivery.packetIdentifier)"
        }
    }

    @Test("mosquitto.db: sessions, users, subscriptions, every state of a message, retained, deadlines")
    func file() async throws {
        var writer = MosquittoFileWriter()
        writer.configuration()
        writer.message(1, "q/1", "one", qos: 2, expiresAt: 1_900_000_000, properties: floor)
        writer.message(2, "q/2", "two", qos: 1)
        writer.message(3, "kept", "on", qos: 1, retain: true)
        writer.message(4, "$SYS/broker/uptime", "1", qos: 0, retain: true)
        writer.message(5, "q/in", "half way", qos: 2, retain: true)
        writer.client("a", interval: .max, user: Array("anna".utf8))
        writer.client("b", interval: 86_400, expiresAt: 1_800_000_000, user: Array("anna\0\u{7F}".utf8))
        for (place, state) in [UInt8(9), 6, 5, 3, 11, 11].enumerated() {
            writer.delivery(
                "a", place % 2 == 0 ? 1 : 2, packet: UInt16(place + 1), qos: place == 3 ? 1 : 2, state: state,
                identifier: place == 4 ? 7 : 0)
        }
        writer.delivery("b", 5, packet: 65_535, qos: 2, state: 7, isIncoming: true)
        writer.delivery("b", 2, packet: 9, qos: 2, state: 11, isIncoming: true)
        writer.delivery("nobody", 2, packet: 9, qos: 2, state: 11)
        writer.subscription("a", "q/#", qos: 1, options: 0x0C)
        writer.subscription("b", "q/+", qos: 2, options: 0x04)
        writer.subscription("b", "$share/g/q/#", qos: 2)
        writer.subscription("nobody", "x", qos: 0)
        for number in UInt64(3)...4 { writer.retained(number) }

        let (state, report) = try await state(of: writer.bytes)
        let sessions = state.sessions.sorted { $0.id < $1.id }
        #expect(sessions.map(\.clientIdentifier) == ["a", "b"])
        #expect(sessions.map(\.userName) == ["anna", nil])
        #expect(sessions.map(\.expiryInterval) == [.max, 86_400])
        #expect(sessions.map(\.expiresAt) == [nil, 1_800_000_000_000])
        #expect(
            topics(state, of: "a") == [
                "q/1 2 released 1", "q/2 2 released 2", "q/1 2 published 3", "q/2 1 published 4",
                "q/1 2 queued 0",
                "q/2 2 queued 0", "q/in 1 queued 0",
            ])
        #expect(state.deliveries.map(\.1).contains { $0.subscriptionIdentifiers == [7] })
        // Its own message does not come back to it, but to the group; and it is answered for.
        #expect(topics(state, of: "b") == [])
        #expect(state.groups.count == 1 && state.deliveries.contains { $0.owner == state.groups[0].id })
        #expect(state.received.map(\.packetIdentifier) == [65_535])
        #expect(Set(state.retained.map(\.topic)) == ["kept", "q/in"])
        let options = state.subscriptions.first { $0.1.filter == "q/#" }?.1.options
        #expect(options == SubscriptionOptions(qos: .atLeastOnce, noLocal: true, retainAsPublished: true))
        let first = state.messages.first { $0.bytes.starts(with: Array("q/1".utf8)) }
        #expect(first?.expiresAt == 1_900_000_000_000 && first?.propertiesCount == floor.count)
        #expect(
            report.leftOut == [
                "$SYS topics, which are Mosquitto's own": 1, "subscriptions without their session": 1,
                "messages of clients without a session": 1,
                "messages that were not acknowledged to their publisher": 1,
            ])
    }

    @Test("A file that is cut short anywhere, or of another version, is refused, and nothing changes")
    func cut() throws {
        var writer = MosquittoFileWriter()
        writer.configuration()
        writer.message(1, "q/1", "one", qos: 2, properties: floor)
        writer.client("a", interval: .max)
        writer.delivery("a", 1, packet: 1, qos: 2, state: 11, identifier: 3)
        writer.subscription("a", "q/#", qos: 1)
        writer.retained(1)
        var starts: Set<Int> = []
        var place = 23
        while place < writer.bytes.count {
            starts.insert(place)
            place += 8 + writer.bytes[place + 4..<place + 8].reduce(0) { $0 << 8 | Int($1) }
        }
        let path = directory.path + "/mosquitto.db"
        for count in 0..<writer.bytes.count where !starts.contains(count) {
            try Data(writer.bytes[..<count]).write(to: URL(fileURLWithPath: path))
            #expect(throws: (any Error).self, "\(count)") {
                try StoreImport.run(from: path, into: directory.path, replace: false)
            }
        }
        let older = Data(MosquittoFileWriter(version: 5).bytes)
        try older.write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreError.self) {
            try StoreImport.run(from: path, into: directory.path, replace: false)
        }
        #expect(try Array(directory.modes.keys) == ["mosquitto.db"])
    }

    @Test("The SQLite file of 2.1: what is in the samples, wills, and exchanges half way")
    func database() async throws {
        let path = directory.path + "/mosquitto.sqlite3"
        let isWritten = MosquittoDatabaseFile.write(
            path,
            """
            INSERT INTO base_msgs VALUES
                (11, 0, 'home/lamp/set', x'6F6E', 's', NULL, 2, 1, 1883, 1, 0, NULL),
                (12, 1900000000, 'alarm/fire', x'FF00', 's', NULL, 2, 1, 1883, 2, 0,
                    '[{"identifier":"user-property","name":"floor","value":"1"}]'),
                (13, 0, 'home/lamp/state', x'', 's', NULL, 0, 1, 1883, 1, 1, NULL),
                (14, 0, 'home/lamp/half', x'01', 's', NULL, 1, 1, 1883, 2, 0, NULL);
            INSERT INTO retains VALUES ('home/lamp/state', 13);
            INSERT INTO clients VALUES
                ('device-1', 'anna', 1, 0, 0, 1883, 0, 2, 1, -1, 0),
                ('device-2', NULL, 1, 1795366950, 1795453348, 1883, 0, 2, 1, 86400, 60);
            INSERT INTO subscriptions VALUES ('device-1', 'home/#', 1, 0), ('device-2', 'alarm/#', 14, 5);
            INSERT INTO client_msgs VALUES
                ('device-1', 2, 12, 0, 1, 2, 1, 0, 11, 0), ('device-1', 1, 11, 0, 1, 1, 1, 0, 3, 0),
                ('device-2', 1, 12, 0, 1, 1, 2, 1, 9, 5), ('device-2', 2, 14, 0, 0, 8, 2, 0, 7, 0);
            INSERT INTO wills VALUES ('device-2', x'676F6E65', 'home/will', 4, 1, 1,
                '[{"identifier":"content-type","value":"text/plain"}]');
            """)
        #expect(isWritten)
        let (state, report) = try await state(path)
        #expect(report.source == .mosquittoSQLite && report.leftOut.isEmpty)
        #expect(
            topics(state, of: "device-1") == [
                "home/lamp/set 1 published 1", "alarm/fire 1 queued 0", "home/lamp/half 1 queued 0",
            ])
        #expect(topics(state, of: "device-2") == ["alarm/fire 2 released 1"])
        #expect(state.received.map(\.packetIdentifier) == [8])
        let sessions = state.sessions.sorted { $0.id < $1.id }
        #expect(
            sessions.map(\.expiryInterval) == [.max, 86_400] && sessions.map(\.userName) == ["anna", nil])
        let will = try #require(sessions[1].will)
        #expect(will.topic == "home/will" && will.payload == Array("gone".utf8) && will.retain)
        #expect(will.properties.willDelayInterval == 60 && will.properties.contentType == "text/plain")
        #expect(sessions[1].willDueAt == 1_795_366_950_000)
        let options = state.subscriptions.first { $0.1.filter == "alarm/#" }?.1
        #expect(options?.options.byte == 14 && options?.identifier == 5)
        #expect(state.retained.map(\.topic) == ["home/lamp/state"])
    }

    @Test("A database of another version of Mosquitto's tables is refused")
    func otherVersion() throws {
        let path = directory.path + "/mosquitto.sqlite3"
        #expect(MosquittoDatabaseFile.write(path, "UPDATE version_info SET major = 2;"))
        #expect(throws: StoreError.self) {
            try StoreImport.run(from: path, into: directory.path, replace: false)
        }
    }
}
