import CoreMetrics
import Logging
import MQTTCodec
import NIOCore
import NIOPosix

/// All that can be set about an ``MQTTClient``.
public struct ClientConfiguration: Sendable {
    public var server: ServerAddress
    public var version = ProtocolVersion.v5
    /// Empty: the server chooses one, or with MQTT 3.1 the client.
    public var clientIdentifier = ""
    public var userName: String?
    public var password: [UInt8]?
    /// Whether the first connection begins a new session. Connections after an interruption continue it.
    public var cleanStart = true
    /// Seconds that the server keeps the session while there is no connection; 0xFFFFFFFF: for ever. Before
    /// MQTT 5.0 there is no such number: the session ends with the connection if ``cleanStart`` is set.
    public var sessionExpiryInterval: UInt32 = 300
    /// Whether ``MQTTClient/disconnect(_:)`` ends the session too. nil: if ``cleanStart`` is set.
    public var endsSessionOnDisconnect: Bool?
    /// Seconds of silence after which the client makes itself heard; 0: never. The server may overrule it.
    public var keepAlive: UInt16 = 60
    public var will: Will?
    /// More properties of CONNECT, such as User Properties.
    public var connectProperties: Properties = []

    /// Messages of QoS 1 and 2 that the server may have sent without an acknowledgement. MQTT 5.0.
    public var receiveMaximum: UInt16 = 256
    /// The largest packet accepted, in bytes.
    public var maximumPacketSize = 268_435_460
    /// Topic aliases that the server may use.
    public var topicAliasMaximum: UInt16 = 16
    /// Topic aliases that the client uses, if the server lets it.
    public var outgoingTopicAliases = 16
    /// Messages of QoS 1 and 2 sent without an acknowledgement, if the server lets it.
    public var maximumInFlight = 1_000
    /// Messages that wait to be sent, offline above all.
    public var outboxCapacity = 10_000
    /// Messages that wait in one subscription to be taken, from which on nothing more is read from the connection.
    public var subscriptionBuffer = 1_000
    /// How long messages of a session that was there before this client wait for their subscriptions, counted from the
    /// first connection. What nobody has subscribed to by then is acknowledged [MQTT-4.5.0-2], and told by
    /// ``ConnectionEvent/messageUnclaimed(topic:)``.
    public var unclaimedTime = Duration.seconds(60)

    /// For one attempt, from the first byte to CONNACK.
    public var connectTimeout = Duration.seconds(10)
    /// For any answer of the server, where a call does not say otherwise. nil: without end.
    public var timeout: Duration? = .seconds(60)
    /// From PINGREQ to anything that the server sends.
    public var pingTimeout = Duration.seconds(20)
    /// What makes the outbox outlive the program; nil: nothing. See ``OutboxStore``.
    public var outboxStore: (any OutboxStore)?
    /// An enhanced authentication, MQTT 5.0; nil: user name and password, or nothing.
    public var authentication: (any AuthenticationMethod)?
    /// nil: a lost connection ends the client.
    public var reconnect: ReconnectPolicy? = ReconnectPolicy()
    /// The address of this machine that connections go out from; nil: the system chooses.
    public var localAddress: String?

    /// A proxy in between; nil: none. Unix sockets have none.
    public var proxy: Proxy?
    /// For addresses with TLS.
    public var security = TransportSecurity.tls()
    /// Shared by all copies of the configuration.
    let securityContexts = SecurityContexts()

    public var eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    /// Where the client counts; nil: where the whole program does, `MetricsSystem.factory`.
    public var metricsFactory: (any MetricsFactory)?
    /// What tells this client's numbers from those of others.
    public var metricsDimensions: [(String, String)] = []
    /// For finding faults: called with every packet, on the client's event loop. It costs time.
    public var packetObserver: (@Sendable (PacketDirection, ControlPacket) -> Void)?
    public var logger = Logger(label: "mqtt-client", factory: { _ in SwiftLogNoOpLogHandler() })

    public init(_ server: ServerAddress) { self.server = server }

    /// - Parameter url: `mqtt://HOST:PORT`, `ws://HOST:PORT/PATH` or `unix:///PATH`, and with TLS `mqtts://` and `wss://`.
    /// - Parameter security: for URLs with TLS.
    /// - Throws: ``ClientError/invalidAddress(_:)``.
    public init(_ url: String, _ security: TransportSecurity = .tls()) throws(ClientError) {
        self.init(try ServerAddress(url))
        self.security = security
    }

    var connect: Connect {
        var properties = connectProperties
        if version == .v5 {
            if sessionExpiryInterval > 0 { properties.sessionExpiryInterval = sessionExpiryInterval }
            if properties.receiveMaximum == nil && receiveMaximum != 65_535 {
                properties.receiveMaximum = max(1, receiveMaximum)
            }
            if properties.topicAliasMaximum == nil && topicAliasMaximum > 0 {
                properties.topicAliasMaximum = topicAliasMaximum
            }
            if properties.maximumPacketSize == nil && maximumPacketSize < 268_435_460 {
                properties.maximumPacketSize = UInt32(max(1, maximumPacketSize))
            }
        } else {
            properties = []
        }
        var identifier = clientIdentifier
        // Before 5.0 a server cannot tell a name that it chose, and 3.1 has none without.
        if identifier.isEmpty && (version == .v3_1 || (version < .v5 && !cleanStart)) {
            identifier = "martlet-" + String(UInt32.random(in: .min ... .max), radix: 36)
        }
        return Connect(
            version: version, cleanStart: cleanStart, keepAlive: keepAlive,
            clientIdentifier: MQTTString(identifier), will: will, userName: userName.map { MQTTString($0) },
            password: password, properties: properties)
    }

    var session: SessionSettings {
        var settings = SessionSettings(connect: connect)
        settings.connectTimeout = TimeAmount(connectTimeout)
        settings.pingTimeout = TimeAmount(pingTimeout)
        settings.maximumPacketSize = maximumPacketSize
        settings.maximumInFlight = max(1, maximumInFlight)
        settings.outgoingTopicAliases = outgoingTopicAliases
        settings.outboxCapacity = max(1, outboxCapacity)
        settings.packetObserver = packetObserver
        return settings
    }
}
