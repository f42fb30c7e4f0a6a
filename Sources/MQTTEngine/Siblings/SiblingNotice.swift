import MQTTCodec

/// What shards tell each other beside messages.
enum SiblingNotice: Sendable {
    /// How much the sender cares for a filter now.
    case interest(MQTTString, InterestLevel)
    /// The members that a shared subscription has on the sender's side.
    case members(filter: MQTTString, ShareMembers)

    /// Storing together.
    case round(RoundStep)
    /// What follows was said after the sender's cut of this number.
    case afterCut(UInt64)

    // Finding a client's session: to and from the home of its identifier.
    case claim(ClientClaim)
    case granted(ClientClaim)
    case settled(MQTTString, owner: Int)
    case ended(MQTTString)

    // Session handover: from the old place to the new one and back.
    case surrender(ClientClaim)
    /// nil: there is no session, or Clean Start has ended it.
    case handedOver(ClientClaim, TravellingSession?)
    case refused(ClientClaim)
    /// The sender's publishes for the session go to its new place from now on.
    case moved(MQTTString, from: Int)
    case cut(MQTTString)
    /// All that came from a shard before its cut has been passed on.
    case drained(MQTTString, source: Int)
    /// The new place has stored what it has changed of a session's rows.
    case kept(MQTTString)
    /// The sender does not refer to a message's row any more, which the receiver gave its number.
    case rowGone(Int64)
    /// The sender has rows of its own for what it has taken over, whose message had this number.
    case handedOnStored(Int64)
    /// A message that came to the old place.
    case forwarded(MQTTString, Message, QoS, retain: Bool, SubscriptionIdentifiers, Creditor?)

    /// The creditor waits until all is safe that the sender has passed on before.
    case fence(Creditor)
    /// The publisher waits until there is room for what it publishes.
    case hold(ConnectionID, isTimed: Bool)
    case release(ConnectionID)

    /// What waits for members that a shared subscription has elsewhere.
    case pending(filter: MQTTString, Message, PendingRow?)

    /// The sender has a client again, after it had none when it was last asked what it has counted.
    case clientCame
    case countersWanted
    case counters(Counters)
    /// Wants any batch at all, for its clock.
    case clockWanted
    /// Says nothing but what every batch says.
    case clock
}

/// The row of a delivery that waited for a shared subscription; whoever takes the delivery over removes it.
struct PendingRow: Sendable {
    let owner: Int64
    let order: Int64
    let message: Int64
}
