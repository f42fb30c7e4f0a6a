import MQTTCodec
import NIOCore

/// A client that keeps to the rules, with its own session state.
final class ClientModel {
    /// When it acknowledges what it gets.
    enum Habit: Sendable, CaseIterable {
        case atOnce
        case late
        /// Not before it must.
        case never
    }

    /// What it does at all. Where publishes can lie unprocessed in the shard, publishers stay connected and
    /// subscriptions stay as they are, so that it does not matter when they are processed.
    enum Role: Sendable {
        case everything
        /// Everything but publishing.
        case listening
        case onlyPublishing
        case onlySubscribing
    }

    /// A QoS 1 or 2 publish of its own that is not finished.
    struct Outgoing {
        var publish: Publish
        var isReleased = false
    }

    let identifier: MQTTString
    let version: ProtocolVersion
    let role: Role
    /// It lets the broker choose its client identifier, for sessions that end with their connections.
    let isNameless: Bool
    /// Its sessions last, and it publishes and subscribes where the others do, so that queues fill.
    let isBusy: Bool
    var habit: Habit
    var link: Link?
    /// CONNACK has come.
    var isConnected = false
    var sessionExpiryInterval: UInt32 = 0
    var outgoing: [Outgoing] = []
    /// QoS 2 packet identifiers that it knows.
    var incoming: Set<UInt16> = []
    /// SUBSCRIBE and UNSUBSCRIBE that are not answered.
    var requests: Set<UInt16> = []
    /// Acknowledgements that it holds back, in order.
    var acknowledgements: [Acknowledgement] = []
    var serverReceiveMaximum = 65_535
    var serverTopicAliasMaximum: UInt16 = 0
    var aliases: [MQTTString] = []
    var filters: [MQTTString] = []
    /// Numbers its messages.
    var sequence = 0
    /// Counts the messages that it had to acknowledge.
    var answered = 0
    private var lastIdentifier: UInt16 = 0

    init(
        _ identifier: MQTTString, _ version: ProtocolVersion, _ role: Role, _ habit: Habit,
        isNameless: Bool = false, isBusy: Bool = false
    ) {
        self.isNameless = isNameless
        self.isBusy = isBusy
        self.role = role
        self.identifier = identifier
        self.version = version
        self.habit = habit
    }

    func send(_ packet: ControlPacket) { link?.send(packet, version: version) }

    /// A packet identifier that is free [MQTT-2.2.1-3].
    func nextIdentifier() -> UInt16 {
        repeat {
            lastIdentifier = lastIdentifier == 65_535 ? 1 : lastIdentifier + 1
        } while requests.contains(lastIdentifier)
            || outgoing.contains { $0.publish.packetIdentifier == lastIdentifier }
        return lastIdentifier
    }

    func linkEnded() {
        link = nil
        isConnected = false
        requests = []
        acknowledgements = []
        aliases = []
    }

    func nextPayload() -> String {
        sequence += 1
        return "\(identifier)#\(sequence)"
    }
}
