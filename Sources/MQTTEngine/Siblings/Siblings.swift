import MQTTCodec
import NIOCore

/// What a shard knows of its siblings, and what it has to tell them.
struct Siblings: ~Copyable {
    let place: ShardPlace
    /// The same on all siblings.
    let hasher: ByteHash

    private var outgoing: [SiblingBatch]
    /// Who has something in `outgoing`.
    private var waiting: UInt64 = 0
    /// Whose inbox is too full for more publishes.
    var congested: UInt64 = 0
    /// Publishers that wait because of it.
    var congestionWaiting: [ConnectionID] = []

    var own: OwnInterest
    var interest: SiblingInterest
    var shares: ShareDirectory
    var directory = ClientDirectory()
    var stamps = RetainedStamps()

    var rounds = Rounds()

    /// By the slot of the session that has gone.
    var departures: [Int: Departure] = [:]
    var arrivals: [MQTTString: Arrival] = [:]
    /// Messages whose rows deliveries of a session that has gone still refer to, for each of its journeys that the
    /// new place has not stored.
    var lent: [MQTTString: [[Int]]] = [:]
    /// Messages that wait elsewhere now for a shared subscription, by their numbers here: their rows are needed until
    /// those there are stored.
    var handedOn: [Int64: [Int]] = [:]
    /// Sessions that go as soon as the batch that is being gathered has begun.
    var surrenders: [ClientClaim] = []
    /// The others' counters, while `$SYS` waits for them.
    var counted: [Counters] = []

    /// Whose publish is at hand: a sibling's number, or this shard's own.
    var source: Int
    /// Who waits for the publish at hand to be safe; its weight is what this shard has to give back.
    var creditor: Creditor?
    /// Who published it, to be held back if need be.
    var publisher = Creditor.nobody
    /// Its place among the changes of what is retained.
    var stamp: UInt64 = 0
    /// The weight that others have of the publish at hand.
    var given: UInt32 = 0

    init(_ place: ShardPlace, hasher: ByteHash) {
        self.place = place
        self.hasher = ByteHash(seed: place.seed)
        source = place.index
        outgoing = Array(repeating: SiblingBatch(), count: place.count)
        own = OwnInterest(hasher: hasher)
        interest = SiblingInterest(hasher: hasher)
        shares = ShareDirectory(shards: place.count, own: place.index, hasher: hasher)
    }

    var hasOutput: Bool { waiting != 0 }

    /// The home of a name: of a client identifier, or a retained topic.
    func home(of name: Span<UInt8>) -> Int { Int(hasher.hash(name) % UInt64(place.count)) }

    /// The shard that gave a number in the store.
    func giver(of id: Int64) -> Int { Int(id % Int64(ShardPlace.maximumCount)) % place.count }

    func isHome(of name: Span<UInt8>) -> Bool { home(of: name) == place.index }

    mutating func tell(_ sibling: Int, _ notice: SiblingNotice) {
        outgoing[sibling].append(notice)
        waiting |= 1 << UInt64(sibling)
    }

    mutating func tellAll(_ notice: SiblingNotice) {
        for sibling in 0..<place.count where sibling != place.index { tell(sibling, notice) }
    }

    /// Appends a message for a sibling.
    mutating func pass(
        _ header: SiblingRecord.Header, _ view: borrowing MessageView, filter: Span<UInt8>, to sibling: Int
    ) {
        outgoing[sibling].bytes.reserveCapacity(
            minimumWritableBytes: SiblingRecord.Header.size + header.bodyCount)
        header.write(to: &outgoing[sibling].bytes)
        outgoing[sibling].bytes.writeSpan(filter)
        outgoing[sibling].bytes.writeSpan(view.topic)
        outgoing[sibling].bytes.writeSpan(view.properties)
        outgoing[sibling].bytes.writeSpan(view.payload)
        waiting |= 1 << UInt64(sibling)
    }

    /// Gives a weight back.
    mutating func settle(_ creditor: Creditor) {
        let sibling = Int(creditor.shard)
        outgoing[sibling].bytes.writeMultipleIntegers(
            SiblingRecord.Kind.settled.rawValue, creditor.connection.slot, creditor.connection.generation,
            creditor.acknowledgement, creditor.weight, endianness: .little)
        waiting |= 1 << UInt64(sibling)
    }

    /// Whom there is something for.
    mutating func nextToSend() -> Int? {
        guard waiting != 0 else { return nil }
        let sibling = waiting.trailingZeroBitCount
        waiting &= waiting - 1
        return sibling
    }

    mutating func take(for sibling: Int) -> SiblingBatch {
        var batch = SiblingBatch()
        swap(&batch, &outgoing[sibling])
        outgoing[sibling].cuts = rounds.count
        batch.clock = stamps.clock
        return batch
    }

    /// This shard is owed a weight for the publish at hand.
    mutating func owe(_ creditor: Creditor, _ weight: UInt32) {
        if Creditor.isBound(creditor.acknowledgement) { rounds.give(weight) } else { given += weight }
    }

    /// What is said from now on is past the cut.
    mutating func cut() {
        rounds.cut()
        for sibling in 0..<place.count where sibling != place.index {
            if outgoing[sibling].isEmpty {
                outgoing[sibling].cuts = rounds.count
            } else {
                outgoing[sibling].append(.afterCut(rounds.count))
            }
        }
    }

    /// Splits a part off what this shard owes for the publish at hand, for somebody else to give back.
    mutating func splitCredit() -> Creditor? {
        guard let mine = creditor else { return nil }
        if Int(mine.shard) == place.index {
            owe(mine, 1)
        } else {
            creditor?.weight -= 1
        }
        return mine.weighing(1)
    }
}
