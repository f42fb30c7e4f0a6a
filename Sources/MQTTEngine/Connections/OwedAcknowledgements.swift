import DequeModule
import MQTTCodec

/// The acknowledgements of one publisher that wait for the store, first in, first out.
struct OwedAcknowledgements {
    struct Owed {
        let type: PacketType
        let packetIdentifier: UInt16
        let reason: ReasonCode
        /// What others still have to give back; 0: it is safe.
        var weight: UInt32
    }

    private var owed = Deque<Owed>()
    /// The number of the first one.
    private var first: UInt64 = 0

    var isEmpty: Bool { owed.isEmpty }
    var count: Int { owed.count }
    /// The number of the next one.
    var next: UInt64 { first + UInt64(owed.count) }

    /// Adds one behind all others; returns its number.
    mutating func add(_ type: PacketType, _ packetIdentifier: UInt16, _ reason: ReasonCode, weight: UInt32)
        -> UInt64
    {
        owed.append(Owed(type: type, packetIdentifier: packetIdentifier, reason: reason, weight: weight))
        return first + UInt64(owed.count) - 1
    }

    mutating func settle(_ number: UInt64, _ weight: UInt32) {
        guard number >= first, number < first + UInt64(owed.count) else { return }
        owed[Int(number - first)].weight -= weight
    }

    /// The next one that may go out.
    mutating func popSafe() -> Owed? {
        guard let next = owed.first, next.weight == 0 else { return nil }
        first += 1
        return owed.removeFirst()
    }
}
