import MQTTCodec
import Synchronization
import Testing

@testable import MQTTEngine
@testable import MQTTStorage

/// What was written is what is read, after the store was closed and opened again.
@Suite("Storage: what is written is read")
struct RoundTripTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Stores batches, closes, opens and reads.
    private func roundTrip(_ batches: [StoreOperation]...) async throws -> Tables {
        let file = try StoreFileOnDisk(directory)
        for (index, operations) in batches.enumerated() {
            await file.commit(UInt64(index + 1), operations)
        }
        await file.store.close()
        let reopened = try StoreFileOnDisk(directory)
        let tables = try await reopened.tables()
        await reopened.store.close()
        return tables
    }

    @Test("Sessions, with wills, users, versions and deadlines")
    func sessions() async throws {
        var properties: Properties = []
        properties.willDelayInterval = 7
        properties.contentType = "text/plain"
        let will = Will(
            topic: "gone/ü", payload: [0, 255, 1], qos: .exactlyOnce, retain: true, properties: properties)
        var full = Rows.session(2, will: will)
        full.userName = "jürgen"
        full.version = .v3_1
        full.expiryInterval = .max
        full.expiresAt = 1_800_000_000_000
        full.willDueAt = -5
        var empty = Rows.session(Int64.max)
        empty.userName = ""
        let sessions = [Rows.session(1), full, empty]
        let tables = try await roundTrip(sessions.map { .saveSession($0) })
        #expect(tables.sessions == sessions)
    }

    @Test("A session is replaced by its newer row, and removed with all that is its")
    func removeSession() async throws {
        var newer = Rows.session(1)
        newer.expiresAt = 5
        let subscription = StoredSubscription(
            filter: "a", options: SubscriptionOptions(), identifier: 0, isReplaying: false)
        func rows(_ id: Int64) -> [StoreOperation] {
            [
                .saveSession(Rows.session(id)), .saveSubscription(session: id, subscription),
                .saveDelivery(owner: id, Rows.delivery(1, 9)),
                .saveReceived(session: id, packetIdentifier: 65_535),
            ]
        }
        let tables = try await roundTrip(
            rows(1) + rows(2) + [.saveMessage(Rows.message(9))], [.saveSession(newer), .removeSession(2)])
        #expect(tables.sessions == [newer])
        #expect(tables.subscriptions.count == 1 && tables.subscriptions[0].contains("session: 1"))
        #expect(tables.deliveries.count == 1)
        #expect(tables.received.count == 1 && tables.received[0].contains("65535"))
    }

    @Test("Subscriptions with every option; a later one takes the earlier's place")
    func subscriptions() async throws {
        var all: [StoredSubscription] = []
        for qos in [QoS.atMostOnce, .atLeastOnce, .exactlyOnce] {
            for handling in [SubscriptionOptions.RetainHandling.sendAlways, .sendIfNew, .doNotSend] {
                all.append(
                    StoredSubscription(
                        filter: MQTTString("f/\(qos.rawValue)/\(handling.rawValue)/#"),
                        options: SubscriptionOptions(
                            qos: qos, noLocal: handling == .sendIfNew, retainAsPublished: qos == .atLeastOnce,
                            retainHandling: handling), identifier: 268_435_455,
                        isReplaying: qos == .exactlyOnce))
            }
        }
        let earlier = StoredSubscription(
            filter: all[0].filter, options: SubscriptionOptions(qos: .exactlyOnce), identifier: 1,
            isReplaying: true)
        let gone = StoredSubscription(
            filter: "gone", options: SubscriptionOptions(), identifier: 0, isReplaying: false)
        let tables = try await roundTrip(
            [.saveSubscription(session: 1, earlier), .saveSubscription(session: 1, gone)],
            all.map { .saveSubscription(session: 1, $0) } + [.removeSubscription(session: 1, filter: "gone")])
        #expect(tables.subscriptions == all.map { "\((session: Int64(1), $0))" }.sorted())
    }

    @Test("Shared subscriptions, removed with their deliveries")
    func groups() async throws {
        let tables = try await roundTrip(
            [
                .saveGroup(5, filter: "$share/g/t"), .saveGroup(6, filter: "$share/h/t"),
                .saveDelivery(owner: 5, Rows.delivery(1, 9)), .saveDelivery(owner: 6, Rows.delivery(1, 9)),
            ], [.removeGroup(5)])
        #expect(tables.groups.count == 1 && tables.groups[0].contains("$share/h/t"))
        #expect(tables.deliveries.count == 1 && tables.deliveries[0].contains("owner: 6"))
    }

    @Test("Whoever waits for a long start is told how many rows were read")
    func progress() async throws {
        let file = try StoreFileOnDisk(directory)
        let rows: [StoreOperation] = (0..<70_000).map { number in
            .saveReceived(session: Int64(number / 65_535), packetIdentifier: UInt16(number % 65_535 + 1))
        }
        await file.commit(1, rows)
        let told = Mutex<[Int]>([])
        let state = try await file.store.load { rows in told.withLock { $0.append(rows) } }
        #expect(state.received.count == 70_000)
        #expect(told.withLock { $0 } == [65_536])
    }

    @Test("Messages: empty, large, any byte, with and without expiry", arguments: [0, 1, 4_000, 1_000_000])
    func messages(size: Int) async throws {
        var message = Rows.message(1, (0..<size).map { UInt8(truncatingIfNeeded: $0) })
        message.qos = .exactlyOnce
        message.retain = true
        message.expiresAt = 1_800_000_000_123
        message.propertiesCount = min(size, 3)
        let tables = try await roundTrip(
            [.saveMessage(message), .saveMessage(Rows.message(2)), .saveMessage(Rows.message(3))],
            [.removeMessage(2)])
        #expect(tables.messages == [message, Rows.message(3)])
    }

    @Test("Deliveries: every state, and each owner's in ascending order, whatever order they came in")
    func deliveries() async throws {
        let states: [StoredDelivery.State] = [.queued, .published, .released]
        var all: [StoredDelivery] = []
        for (index, state) in states.enumerated() {
            for qos in [QoS.atLeastOnce, .exactlyOnce] {
                // Orders may be negative: what is put in front of a shared subscription's messages.
                all.append(
                    StoredDelivery(
                        order: Int64(all.count) - 3, message: 9, qos: qos, retain: index == 1, state: state,
                        packetIdentifier: index == 0 ? 0 : 65_535 - UInt16(index), group: Int64(index),
                        subscriptionIdentifiers: index == 2 ? [] : [1, 268_435_455]))
            }
        }
        var newer = all[2]
        newer.state = .released
        let tables = try await roundTrip(
            all.reversed().map { .saveDelivery(owner: 1, $0) } + [
                .saveDelivery(owner: 1, Rows.delivery(99, 9))
            ],
            [.removeDelivery(owner: 1, order: 99), .saveDelivery(owner: 1, newer)])
        all[2] = newer
        #expect(tables.deliveries == all.map { "\((owner: Int64(1), $0))" })
    }

    @Test("Received packet identifiers")
    func received() async throws {
        let tables = try await roundTrip(
            (UInt16(1)...5).map { .saveReceived(session: 1, packetIdentifier: $0) },
            [
                .removeReceived(session: 1, packetIdentifier: 3),
                .removeReceived(session: 2, packetIdentifier: 4),
            ])
        #expect(tables.received.count == 4)
    }

    @Test("Retained messages: the latest of a topic, none where it was removed")
    func retained() async throws {
        let tables = try await roundTrip(
            [.saveRetained(topic: "a", message: 1), .saveRetained(topic: "b", message: 2)],
            [.saveRetained(topic: "a", message: 3), .removeRetained(topic: "b")])
        #expect(tables.retained == ["\((topic: MQTTString("a"), message: Int64(3)))"])
    }

    @Test("Both modes that write keep what they wrote", arguments: [Durability.synced, .written])
    func modes(durability: Durability) async throws {
        let file = try StoreFileOnDisk(directory, durability)
        for number in 1...50 { await file.commit(UInt64(number), .saveMessage(Rows.message(Int64(number)))) }
        await file.store.close()
        #expect(try await StoreFileOnDisk(directory, durability).tables().messages.count == 50)
    }
}
