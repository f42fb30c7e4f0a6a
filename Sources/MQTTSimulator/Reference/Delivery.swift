import MQTTCodec
import MQTTEngine
import NIOCore

/// What one session is owed of one message.
final class Delivery {
    /// Why it is owed.
    enum Cause: Sendable {
        case live
        case retained
        case shared
    }

    enum Stage: Sendable {
        case waiting
        /// PUBLISH went out.
        case sent
        /// PUBREC came in.
        case released
        case done
    }

    /// Of one for a shared subscription it shows late which of several equal ones it is.
    var message: Message
    let cause: Cause
    let qos: QoS
    /// What the RETAIN flag may be.
    let retain: Set<Bool>
    /// In ascending order.
    let subscriptionIdentifiers: [Int]
    /// Whose it is, where it is, or may be, one of a shared subscription.
    var receiver: MQTTString
    /// The filter of the subscription that a retained message is owed to.
    var filter: MQTTString?
    /// The broker may leave it out.
    var isOptional = false
    var stage = Stage.waiting
    var packetIdentifier: UInt16 = 0
    /// The connection on which it was sent last.
    weak var connection: ReferenceConnection?
    /// It may have been sent on a connection that ended before anybody saw it.
    var mayHaveBeenSent = false
    /// The RETAIN flag that its PUBLISH had.
    var seenRetain = false
    /// When its PUBLISH was written at the earliest.
    var writtenSince: Instant?
    /// A later message of its class went ahead: it must have been dropped.
    var isPassedOver = false
    /// The shared subscription's claim that it fulfils.
    var claim: SharedClaim?
    /// Which messages it can have been, by their numbers: those that there were when it was seen, and whose
    /// expiry fits. Of one for a shared subscription.
    var possibleSerials: Set<Int> = []
    /// It went to a client before 5.0, which sees no properties.
    var hidesProperties = false
    /// How often the receiving application was given it.
    var receipts = 0

    init(
        _ message: Message, _ cause: Cause, qos: QoS, retain: Set<Bool>, subscriptionIdentifiers: [Int],
        receiver: MQTTString = MQTTString([])
    ) {
        self.receiver = receiver
        self.message = message
        self.cause = cause
        self.qos = qos
        self.retain = retain
        self.subscriptionIdentifiers = subscriptionIdentifiers.sorted()
    }

    /// Whether a PUBLISH is this delivery, but for packet identifier, DUP, alias and expiry.
    func isSame(as publish: Publish, topic: MQTTString, _ version: ProtocolVersion) -> Bool {
        topic == message.topic && publish.qos == qos && retain.contains(publish.retain)
            && publish.payload.readableBytesView.elementsEqual(message.payload)
            && publish.properties.subscriptionIdentifiers.sorted() == subscriptionIdentifiers
            && publish.properties.list.filter { !Self.ownProperties.contains($0.identifier) }
                == (version == .v5 ? message.properties : [])
    }

    private static let ownProperties: Set<PropertyIdentifier> = [
        .topicAlias, .messageExpiryInterval, .subscriptionIdentifier,
    ]

    /// Whether nobody could tell them apart.
    func isLike(_ other: Delivery) -> Bool {
        message.topic == other.message.topic && message.payload == other.message.payload && qos == other.qos
            && retain == other.retain && subscriptionIdentifiers == other.subscriptionIdentifiers
            && (hidesProperties || other.hidesProperties || message.properties == other.message.properties)
    }

    /// Whether both belong to one sequence whose order must be kept [MQTT-4.6.0-5, -6].
    func isOrderedWith(_ other: Delivery) -> Bool {
        cause == .live && other.cause == .live && message.publisher == other.message.publisher
            && message.qos == other.message.qos && qos == other.qos && message.topic == other.message.topic
    }
}

extension Delivery: CustomStringConvertible {
    var description: String {
        let identifiers = subscriptionIdentifiers.isEmpty ? "" : " for \(subscriptionIdentifiers)"
        return
            "\(message) at q\(qos.rawValue) (\(cause), \(stage)\(isOptional ? ", optional" : ""))\(identifiers)"
    }
}
