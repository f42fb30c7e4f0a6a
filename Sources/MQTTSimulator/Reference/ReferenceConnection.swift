import MQTTCodec
import MQTTEngine

/// A network connection as the reference sees it: what was agreed on, and what is owed on it.
final class ReferenceConnection {
    enum Stage {
        case new
        case connected
        case ended
    }

    /// A packet that the broker owes in answer to one from the client.
    struct Answer {
        let type: PacketType
        let packetIdentifier: UInt16
        /// What each reason code may be, one set for each.
        let reasonCodes: [Set<UInt8>]
    }

    let serial: Int
    var stage = Stage.new
    /// Nobody who keeps to the rules: whatever is said to it is right.
    let isOutlaw: Bool
    var session: ReferenceSession?
    /// The client left it to the broker to name it.
    var isNameless = false
    var version = ProtocolVersion.v5
    var will: Will?
    var keepAlive: UInt16 = 0
    var maximumPacketSize: UInt32?
    var receiveMaximum = 65_535
    var topicAliasMaximum: UInt16 = 0
    var wantsProblemInformation = true
    var wasAnswered = false
    /// The authenticator has been asked about it.
    var isAsked = false
    var isResumed = false
    /// The broker has to close it, or is free to.
    var mayBeClosed = false
    /// Bytes have begun to come that no client may send.
    var isViolating = false
    /// What the broker's last word to a 5.0 client has to be.
    var expectedReason: ReasonCode?
    /// In the order of the packets that they answer.
    var answers: [Answer] = []
    /// Topics by alias, from the client and to it.
    var incomingAliases: [UInt16: MQTTString] = [:]
    var outgoingAliases: [UInt16: MQTTString] = [:]
    /// QoS 0 deliveries that may have been on their way when it ended.
    var abandoned: [Delivery] = []
    /// QoS 1 and 2 deliveries sent on this connection and not yet acknowledged.
    var outstanding: Set<UInt16> = []
    /// Since when there may be output that nobody has fetched.
    var hiddenSince: Instant?
    let openedAt: Instant
    var lastPacket: Instant

    init(serial: Int, isOutlaw: Bool, at now: Instant) {
        self.serial = serial
        self.isOutlaw = isOutlaw
        openedAt = now
        lastPacket = now
    }

    func isTooLarge(_ message: Message) -> Bool {
        guard let maximumPacketSize else { return false }
        return message.payload.count > Int(maximumPacketSize)
    }
}
