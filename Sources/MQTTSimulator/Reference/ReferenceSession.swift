import MQTTCodec
import MQTTEngine

/// The state of one session, section 4.1, as it ought to be.
final class ReferenceSession {
    var clientIdentifier: MQTTString
    var connection: ReferenceConnection?
    var subscriptions: [ReferenceSubscription] = []
    /// Owed and not yet sent, in the order in which it became owed.
    var waiting: [Delivery] = []
    /// Sent at QoS 1 and 2 and not yet acknowledged, in the order of sending.
    var inFlight: [Delivery] = []
    /// PUBREC came, PUBCOMP did not, in the order of the PUBRECs.
    var released: [Delivery] = []
    /// QoS 2 packet identifiers that came from the client and were not released.
    var incoming: Set<UInt16> = []
    /// Seconds; 0xFFFFFFFF: no end.
    var expiryInterval: UInt32 = 0
    /// When it ends, while it is not connected.
    var deadline: Instant?
    var will: PendingWill?
    /// It may have been sent what nobody saw.
    var mayHaveMissed = false
    /// Messages that the broker said it dropped because of a full queue.
    var reportedDrops = 0

    /// A will that waits for its delay.
    struct PendingWill {
        let will: Will
        let due: Instant
    }

    init(_ clientIdentifier: MQTTString) { self.clientIdentifier = clientIdentifier }

    /// Sent, and not taken by the client.
    var unanswered: [Delivery] { inFlight + released }
}
