import MQTTCodec

/// Storing together with all siblings.
extension Shard {
    /// Whether nothing from outside may be given to the shard, but only what siblings send, until that has
    /// changed it.
    public var isQuiet: Bool { siblings.rounds.isQuiet }

    /// What is being gathered has to be stored together with what siblings gather.
    mutating func bind() { gathering.isBound = true }

    /// Asks for a round, if one is due.
    mutating func seekRound() {
        guard storing.isEmpty, gathering.isDue(at: now), !siblings.rounds.isAsked, !siblings.rounds.isQuiet
        else {
            return
        }
        siblings.rounds.isAsked = true
        tell(Rounds.leader, .round(.wanted))
    }

    mutating func received(_ step: RoundStep, from shard: Int) {
        switch step {
        case .wanted:
            let place = siblings.place
            guard siblings.rounds.begin(place.siblings | 1 << UInt64(place.index)) else { return }
            siblings.tellAll(.round(.quiet))
            received(.quiet, from: place.index)
        case .quiet:
            siblings.rounds.keepQuiet()
            answerRound()
        case .placed:
            guard siblings.rounds.answered(shard) else { return }
            siblings.tellAll(.round(.cut))
            cut()
        case .cut: cut()
        }
    }

    private mutating func answerRound() {
        guard siblings.rounds.answers() else { return }
        tell(Rounds.leader, .round(.placed))
    }

    /// A message that is bound to a round has come where it belongs.
    mutating func placed(_ weight: UInt32) {
        siblings.rounds.placed(weight)
        answerRound()
    }

    /// Nothing is on its way: what has been gathered is this shard's part of the round.
    private mutating func cut() {
        siblings.cut()
        let (batch, waiting) = gathering.begin(round: siblings.rounds.count)
        began(batch, waiting)
        cutBatch = batch
    }
}
