import DequeModule
import MQTTCodec
import MQTTEngine

/// What was stored in the journal and is not in the tables yet. What a later operation has undone is not done at
/// all: most messages are acknowledged long before their rows would be worth making.
///
/// It relies on what the engine keeps to: a place of an owner, a message's number and a received packet identifier
/// are saved anew only when they are not stored, and removed only when they are.
struct PendingOperations {
    private typealias Key = RowKey

    /// The latest operation on a row.
    private struct Latest {
        var number: Int
        var isSave: Bool
        /// Whether the tables do not have the row.
        var isNew = false
        /// Whether it says that a delivery is on the disk alone.
        var isOnDiskAlone = false
    }

    /// Where deliveries of an owner were touched.
    private struct Places {
        var lowest: Int64
        var highest: Int64
    }

    private var operations = Deque<StoreOperation?>()
    /// The number of the first of them.
    private var base = 0
    private var deliveries = RowTable<Latest>()
    private var messages = RowTable<Latest>()
    private var received = RowTable<Latest>()
    private var retained: [MQTTString: Latest] = [:]
    /// The places of deliveries that were touched, by owner.
    private var places = RowTable<Places>()
    /// What was known about queues on the disk before this number was asked for, and must stay as it was.
    private var barrier = 0

    /// How many are to be done.
    private(set) var count = 0
    /// How many came.
    private(set) var added = 0

    /// The highest place in the table of deliveries, by owner.
    private var topPlaces = RowTable<Int64>()
    /// The highest number in the table of messages, by the remainder that tells the shard which gave it.
    private var topMessages: [Int64]

    private static let remainders = Int64(ShardPlace.maximumCount)

    /// - Parameter topMessage: the highest number in the table of messages.
    init(topMessage: Int64) {
        topMessages = Array(repeating: topMessage, count: Int(Self.remainders))
    }

    var isEmpty: Bool { count == 0 }

    /// Slots that are held, also for what is not to be done any more.
    var slots: Int { operations.count }

    /// - Parameter topPlace: looks up the highest place of an owner in the table of deliveries.
    mutating func add(
        _ operation: StoreOperation, topPlace: (Int64) throws(StoreError) -> Int64
    ) throws(StoreError) {
        added += 1
        switch operation {
        case .saveDelivery(let owner, let row):
            let key = Key(owner: owner, place: row.order)
            touch(key)
            let isNew: Bool
            if let before = deliveries[key] {
                isNew = before.isNew
                if isFree(before) { undo(before) }
            } else {
                isNew = try row.order > top(of: owner, topPlace)
            }
            deliveries[key] = Latest(
                number: append(operation), isSave: true, isNew: isNew, isOnDiskAlone: row.isOnDiskAlone)
        case .removeDelivery(let owner, let order):
            let key = Key(owner: owner, place: order)
            touch(key)
            guard let before = deliveries[key], isFree(before) else {
                deliveries[key] = Latest(number: append(operation), isSave: false)
                return
            }
            undo(before)
            deliveries[key] =
                before.isNew ? nil : Latest(number: append(operation), isSave: false)
        case .saveMessage(let message):
            let before = messages[Key(message.id)]
            if let before, before.isSave { undo(before) }
            let isNew = before?.isNew ?? (message.id > topMessages[Self.remainder(message.id)])
            messages[Key(message.id)] = Latest(number: append(operation), isSave: true, isNew: isNew)
        case .removeMessage(let id):
            if let before = messages[Key(id)], before.isSave, before.isNew {
                undo(before)
                messages[Key(id)] = nil
            } else {
                messages[Key(id)] = Latest(number: append(operation), isSave: false)
            }
        case .removeMessageUnlessAwaited:
            _ = append(operation)
            barrier = base + operations.count
        case .saveReceived(let session, let packet):
            change(Key(owner: session, place: Int64(packet)), isSave: true, operation)
        case .removeReceived(let session, let packet):
            change(Key(owner: session, place: Int64(packet)), isSave: false, operation)
        case .saveRetained(let topic, _): replaceRetained(topic, operation)
        case .removeRetained(let topic): replaceRetained(topic, operation)
        case .removeSession(let id, _), .removeGroup(let id, _):
            topPlaces[Key(id)] = nil
            _ = append(operation)
        case .saveSession, .saveSubscription, .removeSubscription, .saveGroup, .joinGroups,
            .removeUnusedMessages:
            _ = append(operation)
        }
    }

    /// The places of deliveries in the table have changed.
    mutating func forgetPlaces() { topPlaces.removeAll() }

    /// Whether rows of a queue, or what comes of them, are still to be done.
    func concerns(_ question: QueueRead) -> Bool {
        guard let touched = places[Key(question.owner)] else { return false }
        return touched.lowest <= question.through && touched.highest > question.after
    }

    func forEach(_ body: (StoreOperation) throws -> Void) rethrows {
        for case .some(let operation) in operations { try body(operation) }
    }

    /// All are in the tables.
    mutating func removeAll() {
        places.forEach { key, touched in
            if let top = topPlaces[key] { topPlaces[key] = max(top, touched.highest) }
        }
        messages.forEach { key, latest in
            let remainder = Self.remainder(key.place)
            if latest.isSave { topMessages[remainder] = max(topMessages[remainder], key.place) }
        }
        base += operations.count
        operations.removeAll(keepingCapacity: true)
        deliveries.removeAll()
        messages.removeAll()
        received.removeAll()
        retained.removeAll(keepingCapacity: true)
        places.removeAll()
        count = 0
        added = 0
    }

    private static func remainder(_ id: Int64) -> Int { Int(id.magnitude % UInt64(remainders)) }

    private mutating func append(_ operation: StoreOperation) -> Int {
        operations.append(operation)
        count += 1
        return base + operations.count - 1
    }

    private mutating func undo(_ latest: Latest) {
        operations[latest.number - base] = nil
        count -= 1
        while let first = operations.first, first == nil {
            operations.removeFirst()
            base += 1
        }
    }

    /// Whether something was asked about queues on the disk behind an operation that such a queue is made of.
    private func isFree(_ latest: Latest) -> Bool { !latest.isOnDiskAlone || latest.number >= barrier }

    /// A row with nothing in it but its key: what is undone leaves the tables as they are.
    private mutating func change(_ key: Key, isSave: Bool, _ operation: StoreOperation) {
        if let before = received[key], before.isSave != isSave {
            undo(before)
            received[key] = nil
        } else if received[key] == nil {
            received[key] = Latest(number: append(operation), isSave: isSave)
        }
    }

    private mutating func replaceRetained(_ topic: MQTTString, _ operation: StoreOperation) {
        if let before = retained[topic] { undo(before) }
        retained[topic] = Latest(number: append(operation), isSave: true)
    }

    private mutating func touch(_ key: Key) {
        let owner = Key(key.owner)
        if let before = places[owner] {
            guard key.place < before.lowest || key.place > before.highest else { return }
            places[owner] = Places(
                lowest: min(before.lowest, key.place), highest: max(before.highest, key.place))
        } else {
            places[owner] = Places(lowest: key.place, highest: key.place)
        }
    }

    private mutating func top(
        of owner: Int64, _ topPlace: (Int64) throws(StoreError) -> Int64
    ) throws(StoreError) -> Int64 {
        if let top = topPlaces[Key(owner)] { return top }
        let top = try topPlace(owner)
        topPlaces[Key(owner)] = top
        return top
    }
}
