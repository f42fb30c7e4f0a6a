import MQTTEngine

/// Removals that follow each other, as acknowledgements of a long queue bring them: places and numbers that are
/// next to each other go together, and deliveries go before the messages that they might still need.
struct RemovalRun {
    private(set) var deliveries: [(owner: Int64, places: ClosedRange<Int64>)] = []
    private(set) var messages: [ClosedRange<Int64>] = []
    private(set) var unawaited: [ClosedRange<Int64>] = []

    var isEmpty: Bool { deliveries.isEmpty && messages.isEmpty && unawaited.isEmpty }

    /// Whether it takes the operation.
    mutating func add(_ operation: StoreOperation) -> Bool {
        switch operation {
        case .removeDelivery(let owner, let order):
            if let last = deliveries.last, last.owner == owner, last.places.upperBound &+ 1 == order {
                deliveries[deliveries.count - 1].places = last.places.lowerBound...order
            } else {
                deliveries.append((owner, order...order))
            }
        case .removeMessage(let id): Self.add(id, &messages)
        case .removeMessageUnlessAwaited(let id): Self.add(id, &unawaited)
        default: return false
        }
        return true
    }

    private static func add(_ id: Int64, _ ranges: inout [ClosedRange<Int64>]) {
        if let last = ranges.last, last.upperBound &+ 1 == id {
            ranges[ranges.count - 1] = last.lowerBound...id
        } else {
            ranges.append(id...id)
        }
    }

    mutating func removeAll() {
        deliveries.removeAll(keepingCapacity: true)
        messages.removeAll(keepingCapacity: true)
        unawaited.removeAll(keepingCapacity: true)
    }
}
