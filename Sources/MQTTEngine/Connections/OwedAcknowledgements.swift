import DequeModule
import MQTTCodec

/// The acknowledgements of one publisher that wait for the store, first in, first out.
struct OwedAcknowledgements {
    struct Owed {
        let type: PacketType
        let packetIdentifier: UInt16
        let reason: ReasonCode
        var isSafe: Bool
    }

    private var owed = Deque<Owed>()
    /// The number of the first one.
    private var first: UInt64 = 0

    var isEmpty: Bool { owed.isEmpty }
    var count: Int { owed.count }

    /// Adds one behind all others; returns its number.
    mutating func add(_ type: PacketType, _ packetIdentifier: UInt16, _ reason: ReasonCode, isSafe: Bool)
        -> UInt64
    {
        owed.append(Owed(type: type, packetIdentifier: packetIdentifier, reason: reason, isSafe: isSafe))
        return first + UInt64(owed.count) - 1
    }

    mutating func settle(_ number: UInt64) {
        guard number >= first, number < first + UInt64(owed.count) else { return }
        owed[Int(number - first)].isSafe = true
    }

    /// The next one that may go out.
    mutating func popSafe() -> Owed? {
        guard let next = owed.first, next.isSafe else { return nil }
        first += 1
        return owed.removeFirst()
    }
}
