import MQTTCodec

@testable import MQTTEngine

/// Random operations as an engine would want them stored: rows are made once, changed and removed while they are
/// there, and those of long queues are on the disk alone.
struct OperationSource {
    private struct Row {
        var owner: Int64
        var stored: StoredDelivery
    }

    private var generator: SplitMix64
    private var nextNumber: Int64 = 1
    private var rows: [Row] = []
    /// How many rows refer to a message.
    private var uses: [Int64: Int] = [:]
    /// Messages that a queue on the disk has referred to.
    private var awaited: Set<Int64> = []
    private var received: Set<UInt16> = []
    private var retained: [Int: Int64] = [:]
    private var lastPlaces: [Int64: Int64] = [:]

    init(seed: UInt64) { generator = SplitMix64(state: seed) }

    mutating func roll(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    private mutating func number() -> Int64 {
        nextNumber += 1
        return nextNumber
    }

    /// The next batch.
    mutating func next() -> [StoreOperation] {
        var operations: [StoreOperation] = []
        for _ in 0..<1 + roll(6) { operations += change() }
        return operations
    }

    /// What a shard may ask about a queue.
    var question: QueueRead {
        let alone = rows.filter { $0.owner == 1 && $0.stored.isOnDiskAlone }.map(\.stored.order)
        return QueueRead(
            owner: 1, after: (alone.min() ?? 0) - 1, through: alone.max() ?? 0, rows: 10, bytes: 1_000)
    }

    private mutating func change() -> [StoreOperation] {
        switch roll(10) {
        case 0..<4: return publish()
        case 4..<8: return rows.isEmpty ? [] : progress(roll(rows.count))
        case 8: return retain()
        default:
            let packet = UInt16(1 + roll(4))
            if received.remove(packet) != nil {
                return [.removeReceived(session: 1, packetIdentifier: packet)]
            }
            received.insert(packet)
            return [.saveReceived(session: 1, packetIdentifier: packet)]
        }
    }

    private mutating func publish() -> [StoreOperation] {
        let message = number()
        var operations: [StoreOperation] = [.saveMessage(Rows.message(message))]
        for owner in Int64(1)...Int64(1 + roll(3)) {
            let place = (lastPlaces[owner] ?? 0) + 1
            lastPlaces[owner] = place
            var row = Rows.delivery(place, message)
            row.isOnDiskAlone = owner == 1 && roll(2) == 0
            if row.isOnDiskAlone { awaited.insert(message) }
            rows.append(Row(owner: owner, stored: row))
            uses[message, default: 0] += 1
            operations.append(.saveDelivery(owner: owner, row))
        }
        return operations
    }

    /// A delivery is sent, handed over or acknowledged.
    private mutating func progress(_ place: Int) -> [StoreOperation] {
        let owner = rows[place].owner
        switch rows[place].stored.state {
        case .queued:
            rows[place].stored.state = .published
            rows[place].stored.isOnDiskAlone = false
            rows[place].stored.packetIdentifier = UInt16(1 + roll(100))
            return [.saveDelivery(owner: owner, rows[place].stored)]
        case .published where roll(2) == 0:
            let message = rows[place].stored.message
            rows[place].stored.state = .released
            rows[place].stored.message = 0
            return [.saveDelivery(owner: owner, rows[place].stored)] + disuse(message)
        case .published, .released:
            let row = rows.remove(at: place)
            return [.removeDelivery(owner: owner, order: row.stored.order)] + disuse(row.stored.message)
        }
    }

    private mutating func disuse(_ message: Int64) -> [StoreOperation] {
        guard message != 0 else { return [] }
        uses[message, default: 0] -= 1
        if awaited.contains(message) {
            // The engine forgets what is on the disk alone, and has to ask.
            let known = rows.contains { $0.stored.message == message && !$0.stored.isOnDiskAlone }
            return known ? [] : [.removeMessageUnlessAwaited(message)]
        }
        return uses[message] == 0 ? [.removeMessage(message)] : []
    }

    private mutating func retain() -> [StoreOperation] {
        let place = roll(3)
        let topic = MQTTString("r/\(place)")
        let before = retained.removeValue(forKey: place)
        if before != nil, roll(3) == 0 { return [.removeRetained(topic: topic)] + disuse(before ?? 0) }
        let message = number()
        retained[place] = message
        uses[message] = 1
        return [.saveMessage(Rows.message(message)), .saveRetained(topic: topic, message: message)]
            + (before.map { disuse($0) } ?? [])
    }
}
