import MQTTCodec

/// Decides what a client may do. ``decision(_:)`` is asked on the event loop and must be quick; what it
/// cannot tell at once it leaves ``AccessDecision/undecided``, and ``decide(_:)`` is asked while that client
/// alone waits. Answers for publishing are remembered for the life of a connection.
public protocol Authorizer: Sendable {
    func decision(_ request: AccessRequest) -> AccessDecision
    func decide(_ request: AccessRequest) async -> Bool
}

extension Authorizer {
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
    }

    public var operation: Operation
    public var clientIdentifier: MQTTString
    public var userName: MQTTString?
    public var peer: Peer

    public init(operation: Operation, clientIdentifier: MQTTString, userName: MQTTString?, peer: Peer) {
        self.operation = operation
        self.clientIdentifier = clientIdentifier
        self.userName = userName
        self.peer = peer
    }
}
