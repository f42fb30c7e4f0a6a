import MQTTCodec

/// Decides who a client is. Implemented outside the engine; called by the driver, never on the hot path.
///
/// While it thinks, only the asking client waits.
public protocol Authenticator: Sendable {
    func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome

    /// The answer, where it is known without waiting for anything: a client that comes back need not cost a task. It is
    /// asked first, on the event loop; nil: ``authenticate(_:)`` is asked.
    func outcomeAtOnce(_ request: AuthenticationRequest) -> AuthenticationOutcome?
}

extension Authenticator {
    public func outcomeAtOnce(_ request: AuthenticationRequest) -> AuthenticationOutcome? { nil }
}

/// What an ``Authenticator`` is asked.
public struct AuthenticationRequest: Sendable {
    /// At which point of section 4.12 the client stands.
    public enum Step: Sendable, Equatable {
        /// CONNECT arrived.
        case connect
        /// AUTH with 0x18 arrived: the answer to a challenge.
        case continuation
        /// AUTH with 0x19 arrived on a connected client.
        case reauthentication
    }

    public var step: Step
    public var peer: Peer
    public var version: ProtocolVersion
    /// As the client sent it; empty if it asks for one.
    public var clientIdentifier: MQTTString
    public var userName: MQTTString?
    public var password: [UInt8]?
    /// The Authentication Method of an enhanced authentication.
    public var method: MQTTString?
    public var data: [UInt8]?
    /// Tells concurrent exchanges apart: the same for all steps of one connection.
    public var connection: ConnectionID
    /// What the ``Authenticator`` has noted with the challenge that this answers.
    public var exchange: (any Sendable)?

    public init(
        step: Step, peer: Peer, version: ProtocolVersion, clientIdentifier: MQTTString, userName: MQTTString?,
        password: [UInt8]?, method: MQTTString?, data: [UInt8]?, connection: ConnectionID,
        exchange: (any Sendable)? = nil
    ) {
        self.step = step
        self.peer = peer
        self.version = version
        self.clientIdentifier = clientIdentifier
        self.userName = userName
        self.password = password
        self.method = method
        self.data = data
        self.connection = connection
        self.exchange = exchange
    }
}

/// What an ``Authenticator`` answers.
public enum AuthenticationOutcome: Sendable {
    /// Let in. `userName` replaces the one the client sent; `data` goes out as Authentication Data; after
    /// `validity` the connection is closed with 0xA0, unless the client has authenticated again.
    case accepted(
        userName: MQTTString? = nil, data: [UInt8]? = nil, credentials: Credentials = Credentials(),
        validity: Duration? = nil)
    /// One more step: AUTH with 0x18 and this data. `exchange` comes back with the answer.
    case challenge(data: [UInt8], exchange: (any Sendable)? = nil)
    /// Not let in; `reasonCode` must be one of CONNACK's.
    case refused(ReasonCode, reasonString: String? = nil)
}
