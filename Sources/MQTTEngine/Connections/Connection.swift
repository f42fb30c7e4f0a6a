import MQTTCodec
import NIOCore

/// One network connection and what ends with it.
struct Connection: ~Copyable {
    enum Phase: UInt8 {
        /// The first packet has to come, and has to be CONNECT [MQTT-3.1.0-1].
        case awaitingConnect
        /// CONNECT is being decided on.
        case authenticating
        case connected
    }

    /// Why packets of a connection wait.
    struct Holds: OptionSet {
        let rawValue: UInt8
        /// The ``Authenticator`` was asked about its CONNECT: nothing is processed [MQTT-3.1.4-6].
        static let authentication = Self(rawValue: 1)
        /// The ``Authorizer`` was asked about its next packet.
        static let authorization = Self(rawValue: 2)
        /// A session that its next PUBLISH would go to has no room.
        static let room = Self(rawValue: 4)
        /// It has published more than it may in the time.
        static let rate = Self(rawValue: 8)
    }

    let peer: Peer
    let openedAt: Instant
    /// Bytes through it in either direction, for operators.
    var bytesReceived: UInt64 = 0
    var bytesSent: UInt64 = 0
    /// Acknowledgements owed to the client as a publisher, in the order of its publishes
    /// ([MQTT-4.6.0-2, -3]).
    var owed = OwedAcknowledgements()
    /// Identifiers of PUBLISH and of PUBREL packets that came again before all was stored: each is answered once when
    /// it is, however often it comes.
    var repeatedPublishes = PacketIdentifierSet()
    var repeatedReleases = PacketIdentifierSet()
    var phase = Phase.awaitingConnect
    var version = ProtocolVersion.v5
    /// Its session's place, once connected.
    var session = -1

    var outbox = Outbox()
    var isWritable = true
    /// Whether nothing may go out yet, because CONNACK promises what is still being stored.
    var isSilent = false
    /// Whether the driver was told that there is output.
    var isDirty = false

    /// Bytes that are not yet a whole packet, or that wait because of `holds`.
    var inbound = ByteBuffer()
    /// The whole length of the packet that `inbound` begins with; 0: not known, or it waits.
    var inboundNeeded = 0
    /// How many bytes of `inbound` are packets that wait their turn.
    var deferredBytes = 0
    var holds: Holds = []
    var heldSince = Instant(milliseconds: 0)
    var isReadingPaused = false
    /// Whether the transport has ended while packets waited: the end waits behind them.
    var isLost = false

    var lastReceived: Instant
    /// One and a half times the keep alive, in milliseconds; 0: none.
    var keepAliveLimit: Int64 = 0

    /// What the client takes, in bytes.
    var maximumPacketSize = Int.max
    /// Request Problem Information [MQTT-3.1.2-29].
    var wantsProblemInformation = true
    /// Topics of the client's aliases, by alias; an empty one is unknown.
    var incomingAliases: [[UInt8]] = []
    var outgoingAliases: OutgoingAliases?
    var authenticationMethod: MQTTString?
    var isReauthenticating = false
    /// What the ``Authenticator`` has noted with its last challenge.
    var exchange: (any Sendable)?
    /// When its authentication ends.
    var authenticatedUntil: Instant?
    var handshake: Handshake?
    /// Authentication Data for CONNACK, while the right to the will is asked about.
    var finalData: [UInt8]?
    var grants: PublishGrants?
    var routeGrants = RouteGrants()
    /// nil: it may publish at any rate.
    var allowance: RateAllowance?
    /// What the ``Authorizer`` was asked, and what it has answered of the packet at hand.
    var question: AccessRequest?
    var answers: [AccessRequest.Operation: Bool] = [:]

    init(peer: Peer, at now: Instant) {
        self.peer = peer
        openedAt = now
        lastReceived = now
    }
}
