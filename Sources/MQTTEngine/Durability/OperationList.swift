import MQTTCodec

/// Changes in their order. Most are rows of messages and of deliveries, and most of those are taken back again:
/// each kind stands among its like, without the room that the largest would take.
struct OperationList {
    private enum Kind: UInt8 {
        case cancelled, message, delivery, other
    }

    private struct Place {
        var kind: Kind
        var index: Int32
    }

    private var places: [Place] = []
    private var messages: [StoredMessage] = []
    private var deliveries: [(owner: Int64, row: StoredDelivery)] = []
    private var others: [StoreOperation] = []
    /// How many were not taken back.
    private(set) var count = 0
    /// Bytes of the messages among them, and of the list.
    private(set) var bytes = 0

    /// What an operation counts for beside its message, in bytes; also one that was taken back.
    private static let operationBytes = 128

    /// Room for so many is kept from one batch to the next.
    private static let keptCapacity = 65_536

    /// How many have a place, taken back or not: the next one's.
    var end: Int32 { Int32(truncatingIfNeeded: places.count) }

    mutating func append(_ message: StoredMessage) {
        places.append(Place(kind: .message, index: Int32(truncatingIfNeeded: messages.count)))
        messages.append(message)
        bytes += message.bytes.count
        counted()
    }

    mutating func append(_ row: StoredDelivery, owner: Int64) {
        places.append(Place(kind: .delivery, index: Int32(truncatingIfNeeded: deliveries.count)))
        deliveries.append((owner, row))
        counted()
    }

    mutating func append(_ operation: StoreOperation) {
        places.append(Place(kind: .other, index: Int32(truncatingIfNeeded: others.count)))
        others.append(operation)
        counted()
    }

    private mutating func counted() {
        bytes += Self.operationBytes
        count += 1
    }

    /// Takes one back. false: it was before.
    mutating func cancel(_ place: Int32) -> Bool {
        let kind = places[Int(place)].kind
        guard kind != .cancelled else { return false }
        if kind == .message {
            let index = Int(places[Int(place)].index)
            bytes -= messages[index].bytes.count
            messages[index].bytes = []
        }
        places[Int(place)].kind = .cancelled
        count -= 1
        return true
    }

    /// Adds those that were not taken back to a batch.
    func append(to operations: inout [StoreOperation]) {
        guard count > 0 else { return }
        operations.reserveCapacity(operations.count + count)
        for place in places {
            let index = Int(place.index)
            switch place.kind {
            case .cancelled: break
            case .message: operations.append(.saveMessage(messages[index]))
            case .delivery:
                operations.append(.saveDelivery(owner: deliveries[index].owner, deliveries[index].row))
            case .other: operations.append(others[index])
            }
        }
    }

    mutating func removeAll() {
        let keeps = places.capacity <= Self.keptCapacity
        places.removeAll(keepingCapacity: keeps)
        messages.removeAll(keepingCapacity: keeps)
        deliveries.removeAll(keepingCapacity: keeps)
        others.removeAll(keepingCapacity: keeps)
        count = 0
        bytes = 0
    }
}
