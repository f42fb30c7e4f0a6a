import DequeModule
import MQTTCodec
import NIOCore

/// One MQTT session as its client sees it, over any number of connections: bytes and calls in, bytes and
/// ``SessionAction``s out. It knows no sockets, clocks or tasks.
struct ClientSession: Sendable {
    enum Phase: Hashable, Sendable {
        case offline
        /// CONNECT was sent.
        case connecting
        case connected
        /// DISCONNECT was sent, or an error ended the connection.
        case closing
    }

    /// A SUBSCRIBE or UNSUBSCRIBE without its answer.
    enum Request: Sendable {
        case subscribe([Subscribe.Entry], Properties, token: UInt64)
        case unsubscribe([MQTTString], Properties, token: UInt64)
    }

    var settings: SessionSettings
    var version: ProtocolVersion { settings.connect.version }
    var phase = Phase.offline
    /// What to write to the connection.
    var output = ByteBuffer()
    /// Messages of QoS 0 whose bytes are in the output: they are published when it has been written.
    var outputTokens: [UInt64] = []
    var actions: [SessionAction] = []
    /// Whether the connection takes bytes.
    var isWritable = true

    var outbox: Deque<OutgoingMessage> = []
    var inFlight: [UInt16: MessageInFlight] = [:]
    /// Those in flight that are still to be sent on the present connection, in their order.
    var resending: Deque<UInt16> = []
    var nextOrder: UInt64 = 0
    var identifiers = PacketIdentifiers()
    var requests: [UInt16: Request] = [:]
    var incoming = IncomingWindow()
    /// What the server said about itself.
    var server = ServerLimits()
    var outgoingAliases = OutgoingAliases(maximum: 0)
    var incomingAliases: [UInt16: MQTTString] = [:]

    /// Whether AUTH 0x19 was sent.
    var isReauthenticating = false

    var keepAlive = TimeAmount.zero
    var lastSent = NIODeadline.uptimeNanoseconds(0)
    var lastReceived = NIODeadline.uptimeNanoseconds(0)
    var pingSent: NIODeadline?
    var connectSent = NIODeadline.uptimeNanoseconds(0)
    /// Bytes of a packet that has not come whole.
    var partial = ByteBuffer()
    /// Whether a server has accepted this session once: from then on it is continued, not started.
    private(set) var wasConnected = false

    init(_ settings: SessionSettings) { self.settings = settings }

    /// Whether a message may be handed over now.
    var hasRoom: Bool { outbox.count < settings.outboxCapacity }

    /// Whether an answer of the server is due that somebody waits for.
    var awaitsAnswer: Bool { !inFlight.isEmpty || !requests.isEmpty || phase == .connecting }

    /// There is a new connection: sends CONNECT.
    mutating func connectionOpened(at now: NIODeadline) {
        phase = .connecting
        isWritable = true
        discardOutput()
        partial.clear()
        incomingAliases.removeAll()
        server = ServerLimits()
        isReauthenticating = false
        pingSent = nil
        connectSent = now
        lastReceived = now
        var connect = settings.connect
        // The first connection begins the session; those after an interruption continue it.
        if wasConnected && survivesConnections { connect.cleanStart = false }
        connect.encode(into: &output)
        lastSent = now
    }

    /// Whether the server keeps the session when a connection is lost.
    private var survivesConnections: Bool {
        version == .v5
            ? (settings.connect.properties.sessionExpiryInterval ?? 0) > 0 : !settings.connect.cleanStart
    }

    mutating func received(connack: Connack, at now: NIODeadline) {
        guard !connack.reasonCode.isFailure else {
            phase = .closing
            if let reference = connack.properties.serverReference { actions.append(.redirected(reference)) }
            actions.append(.refused(connack))
            return
        }
        let mayContinue = !settings.connect.cleanStart || (wasConnected && survivesConnections)
        guard !connack.sessionPresent || mayContinue else {
            return violation(.unexpectedPacket("Session Present where none was asked for [MQTT-3.2.2-4]"))
        }
        server = ServerLimits(connack.properties)
        phase = .connected
        if let assigned = connack.properties.assignedClientIdentifier {
            settings.connect.clientIdentifier = assigned
        }
        let seconds = connack.properties.serverKeepAlive ?? settings.connect.keepAlive
        keepAlive = .seconds(Int64(seconds))
        outgoingAliases = OutgoingAliases(
            maximum: version == .v5 ? min(server.topicAliasMaximum, settings.outgoingTopicAliases) : 0)
        if !connack.sessionPresent { sessionGone() }
        wasConnected = true
        actions.append(.connected(connack))
        resend(at: now)
    }

    /// The connection has ended, for whatever reason.
    mutating func connectionLost() {
        phase = .offline
        discardOutput()
        partial.clear()
        incoming.connectionLost()
    }

    /// What is in the output will not be written: messages of QoS 0 among it are lost.
    mutating func discardOutput() {
        output.clear()
        for token in outputTokens { actions.append(.published(token, .failure(.connectionLost))) }
        outputTokens.removeAll()
    }

    /// Nobody waits for anything any more.
    mutating func abandon() {
        outbox.removeAll()
        inFlight.removeAll()
        resending.removeAll()
        requests.removeAll()
        identifiers = PacketIdentifiers()
        incoming.forget()
        wasConnected = false
    }

    /// Ends the connection with DISCONNECT.
    mutating func disconnect(_ packet: Disconnect = Disconnect()) {
        guard phase == .connected || phase == .connecting else { return }
        if phase == .connected { packet.encode(into: &output, version: version) }
        phase = .closing
    }

    /// The server did what it must not: says so where the version has words for it, and closes.
    mutating func violation(_ error: ClientError) {
        if phase == .connected && version == .v5 {
            let code: ReasonCode =
                if case .protocolViolation(let wire) = error { wire.reasonCode } else { .protocolError }
            Disconnect(reasonCode: code.isLegal(in: .disconnect) ? code : .protocolError)
                .encode(into: &output, version: version)
        }
        phase = .closing
        actions.append(.close(error))
    }

    mutating func closed(by packet: Disconnect) {
        phase = .closing
        if let reference = packet.properties.serverReference { actions.append(.redirected(reference)) }
        actions.append(
            .close(
                .disconnectedByServer(
                    packet.reasonCode, reason: packet.properties.reasonString?.description)))
    }
}
