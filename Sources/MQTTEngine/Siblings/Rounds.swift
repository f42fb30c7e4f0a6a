/// The rounds in which all shards store together, what one transaction takes: see "Rounds" in ARCHITECTURE.md.
///
/// What a message of an exactly-once exchange changes on several shards must be stored together or not at all. A
/// round cuts through all of them: everybody keeps still until every such message has come where it belongs,
/// and what each has gathered up to there is its part of the round.
struct Rounds {
    /// What has come from a sibling that is past the cut already, read up to here.
    struct Mail {
        let sibling: Int
        let batch: SiblingBatch
        var place = 0
        var notice = 0
    }

    /// How many cuts there have been here.
    private(set) var count: UInt64 = 0
    /// Whether this shard has asked for a round that has not begun.
    var isAsked = false
    /// Whether it keeps still until the cut.
    private(set) var isQuiet = false
    /// Weight of its own messages that have not come where they belong.
    private var unplaced: UInt64 = 0
    private var hasAnswered = false
    /// Whose answers are missing; on the shard that leads the round.
    private var missing: UInt64 = 0
    private var stalled: [Mail] = []

    /// The shard that leads the rounds.
    static var leader: Int { 0 }

    // MARK: What has to come first

    mutating func give(_ weight: UInt32) { unplaced += UInt64(weight) }

    mutating func placed(_ weight: UInt32) { unplaced -= UInt64(weight) }

    /// Whether the leader can be told that nothing of this shard is on its way; true once in a round.
    mutating func answers() -> Bool {
        guard isQuiet, !hasAnswered, unplaced == 0 else { return false }
        hasAnswered = true
        return true
    }

    // MARK: The round

    /// A round is asked for. Whether one has to be begun: else one is under way, and is the one.
    mutating func begin(_ shards: UInt64) -> Bool {
        guard missing == 0 else { return false }
        missing = shards
        return true
    }

    mutating func keepQuiet() {
        isQuiet = true
        hasAnswered = false
    }

    /// A shard has answered. Whether it was the last.
    mutating func answered(_ shard: Int) -> Bool {
        missing &= ~(1 << UInt64(shard))
        return missing == 0
    }

    mutating func cut() {
        count += 1
        isQuiet = false
        isAsked = false
    }

    // MARK: What is past the cut

    /// Whether what a sibling sends, which counts so many cuts, has to wait for the cut here.
    func isAhead(_ cuts: UInt64, _ sibling: Int) -> Bool {
        cuts > count || stalled.contains { $0.sibling == sibling }
    }

    mutating func stall(_ mail: Mail) { stalled.append(mail) }

    /// What may be read now.
    mutating func takeStalled() -> [Mail] {
        guard !isQuiet, !stalled.isEmpty else { return [] }
        defer { stalled = [] }
        return stalled
    }
}
