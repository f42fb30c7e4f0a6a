/// Why something could not be done. The description says what to do about it.
public enum ClientError: Error, Hashable, Sendable {
    /// There is no connection: ``MQTTClient/connect(retrying:)`` was not called, or ``MQTTClient/disconnect(_:)`` was.
    case notConnected
    /// `connect` was called on a client that is connected already, or connecting.
    case alreadyConnected
    /// The text of a server's address cannot be understood.
    case invalidAddress(String)
    /// No byte stream to the server could be made; the text is the system's reason.
    case unreachable(String)
    /// The WebSocket handshake failed; the text says how.
    case webSocketRefused(String)
    /// The proxy did not make a connection to the server; the text says why.
    case proxyRefused(String)
    /// TLS with the server failed; the text says why.
    case securityFailed(String)
    /// The settings for TLS cannot be used; the text names the file.
    case securityUnusable(String)
    /// The server refused the connection, MQTT 5.0 section 3.2.2.2.
    case connectionRefused(ReasonCode, reason: String?)
    /// The enhanced authentication failed on the client's side: the server is not who it says, or speaks another method.
    case authenticationFailed(String)
    /// The store of the outbox did not take or give a message; the text is its reason.
    case outboxFailed(String)
    /// The connection ended without a DISCONNECT.
    case connectionLost
    /// The server sent DISCONNECT, MQTT 5.0 section 3.14.
    case disconnectedByServer(ReasonCode, reason: String?)
    /// The server broke the protocol.
    case protocolViolation(WireError)
    /// The server broke the protocol in a way that is no fault of the bytes.
    case unexpectedPacket(String)
    /// No answer came within the time given. A message may have arrived all the same.
    case timedOut
    /// The task was cancelled. A message may have arrived all the same.
    case cancelled
    /// The server refused the message: PUBACK or PUBREC with a code of failure.
    case publishRefused(ReasonCode, reason: String?)
    /// The server refused the subscription.
    case subscribeRefused(ReasonCode, reason: String?)
    /// The server refused to end the subscription.
    case unsubscribeRefused(ReasonCode, reason: String?)
    /// The session was gone after a reconnection, so that nobody knows whether a QoS 2 message arrived.
    case sessionLost
    /// Offline, and the outbox is full.
    case outboxFull
    /// The message's expiry came before a connection did.
    case messageExpired
    /// A topic name, topic filter or other argument breaks the rules of MQTT.
    case invalidArgument(String)
    /// The server or the protocol version cannot do this.
    case notSupported(String)
    /// The packet is larger than the server accepts, in bytes.
    case packetTooLarge(maximum: Int)
}

extension ClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notConnected: "there is no connection: call connect() first"
        case .alreadyConnected: "the client is connected already: use one client for each connection"
        case .invalidAddress(let text): text
        case .unreachable(let text): "the server cannot be reached: \(text)"
        case .webSocketRefused(let text): "the server did not accept the WebSocket: \(text)"
        case .proxyRefused(let text): "the proxy does not let the client through: \(text)"
        case .securityFailed(let text): "TLS with the server failed: \(text)"
        case .securityUnusable(let text): text
        case .connectionRefused(let code, let reason):
            Self.text("the server refused the connection", code, reason)
        case .authenticationFailed(let text): "the authentication failed: \(text)"
        case .outboxFailed(let text): "the outbox's store failed: \(text)"
        case .connectionLost: "the connection was lost"
        case .disconnectedByServer(let code, let reason):
            Self.text("the server ended the connection", code, reason)
        case .protocolViolation(let error): "the server broke the protocol: \(error)"
        case .unexpectedPacket(let text): "the server broke the protocol: \(text)"
        case .timedOut: "no answer came in time: it may still have happened"
        case .cancelled: "the task was cancelled: it may still happen"
        case .publishRefused(let code, let reason): Self.text("the server refused the message", code, reason)
        case .subscribeRefused(let code, let reason):
            Self.text("the server refused the subscription", code, reason)
        case .unsubscribeRefused(let code, let reason):
            Self.text("the server refused to end the subscription", code, reason)
        case .sessionLost:
            "the server forgot the session, so it is unknown whether the message arrived: "
                + "a longer sessionExpiryInterval helps"
        case .outboxFull: "offline, and the outbox is full: try again when connected, or set a larger outbox"
        case .messageExpired: "the message expired before there was a connection"
        case .invalidArgument(let text): text
        case .notSupported(let text): text
        case .packetTooLarge(let maximum): "the server accepts packets of \(maximum) bytes at most"
        }
    }

    private static func text(_ what: String, _ code: ReasonCode, _ reason: String?) -> String {
        "\(what): reason code \(code)" + (reason.map { ", '\($0)'" } ?? "")
    }
}
