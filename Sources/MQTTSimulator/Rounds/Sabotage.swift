import MQTTCodec

/// A deliberate fault in what the shard sends: proof that the checker finds such faults.
public enum Sabotage: String, Sendable, CaseIterable {
    case none
    /// A PUBLISH at QoS 1 or 2 is lost.
    case dropPublish
    /// A PUBLISH at QoS 0 goes out twice.
    case duplicateAtQoS0
    /// A PUBLISH at QoS 2 goes out twice with the same packet identifier.
    case duplicateAtQoS2
    /// A PUBLISH at QoS 1 goes out again, as a new one.
    case duplicateWithNewIdentifier
    /// Two messages of one publisher, topic and QoS change places.
    case swapPublishes
    case clearDup
    case setDup
    case lowerQoS
    case flipRetain
    case dropSubscriptionIdentifier
    case changePayload
    case changeProperty
    case dropAcknowledgement
    case changePacketIdentifier
    case flipSessionPresent
    case dropWill
    case dropRetained
    case addRetained
}
