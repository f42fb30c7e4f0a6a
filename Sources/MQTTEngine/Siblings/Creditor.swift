import NIOCore

/// To whom it is owed to say that a message is safe: a publisher's acknowledgement, on the shard that the
/// publisher is connected to.
///
/// Where several have to say so, each is given a part of one weight, and gives it back when it is done; whoever
/// asks another to do its part splits its own. When all the weight is back, all is done, whoever did it.
struct Creditor: Sendable {
    var shard: UInt8
    var connection: ConnectionID
    var acknowledgement: UInt64
    var weight: UInt32

    static let nobody = Creditor(
        shard: 0, connection: ConnectionID(slot: 0, generation: 0), acknowledgement: 0, weight: 0)

    /// What a sibling is given: enough to split for every session that is on its way elsewhere.
    static let share: UInt32 = 1 << 20

    /// The acknowledgement of a message that is bound to a round: then nobody waits that it is safe, but the round
    /// that it has come where it belongs.
    private static let bound = UInt64.max

    var isBound: Bool { acknowledgement == Self.bound && weight > 0 }

    /// The same publisher, for a message that is bound to a round.
    var binding: Self {
        var other = self
        other.acknowledgement = Self.bound
        return other
    }

    static func isBound(_ acknowledgement: UInt64) -> Bool { acknowledgement == bound }

    /// The same debt, with another part of its weight.
    func weighing(_ weight: UInt32) -> Self {
        var other = self
        other.weight = weight
        return other
    }
}
