/// What shards tell each other in a round; see ``Rounds``.
enum RoundStep: Sendable {
    /// To the leader: a round is due.
    case wanted
    /// From the leader: keep still.
    case quiet
    /// To the leader: nothing of the sender is on its way.
    case placed
    /// From the leader: what has been gathered up to here belongs to the round.
    case cut
}
