import MQTTCodec

/// Decides what a client may do. ``decision(_:)`` is asked on the event loop and must be quick; what it
/// cannot tell at once it leaves ``AccessDecision/undecided``, and ``decide(_:)`` is asked while that client
/// alone waits. Answers for publishing are remembered for the life of a connection.
///
/// Before it is asked to let a client receive something it was already asked for the subscription. So it is not
/// asked about each message, unless ``filtersMessages`` says so; but about those that wait for a client whose
/// session goes on, and about those that wait when the rules have changed.
public protocol Authorizer: Sendable {
    /// Whether subscriptions are granted that match more than the client may receive: then each message is
    /// asked about, once for a route, and those it does not allow are left out. It must not change.
    var filtersMessages: Bool { get }
    func decision(_ request: AccessRequest) -> AccessDecision
    func decide(_ request: AccessRequest) async -> Bool
}

extension Authorizer {
    public var filtersMessages: Bool { false }

    public func decide(_ request: AccessRequest) async -> Bool { decision(request) == .allow }
}

public enum AccessDecision: Sendable, Equatable {
    case allow
    case deny
    case undecided
}

/// What a client wants to do.
public struct AccessRequest: Sendable, Hashable {
    public enum Operation: Sendable, Hashable {
        case publish(topic: MQTTString, qos: QoS, retain: Bool)
        case subscribe(TopicFilter, qos: QoS)
        case receive(topic: MQTTString)
    }

    public var operation: Operation
    public var clientIdentifier: MQTTString
    public var userName: MQTTString?
    /// With an empty address while the client is away.
    public var peer: Peer
    /// nil: the client was last connected to a broker that has ended.
    public var credentials: Credentials?

    public init(
        operation: Operation, clientIdentifier: MQTTString, userName: MQTTString?, peer: Peer,
        credentials: Credentials? = nil
    ) {
        self.operation = operation
        self.clientIdentifier = clientIdentifier
        self.userName = userName
        self.peer = peer
        self.credentials = credentials
    }
}
