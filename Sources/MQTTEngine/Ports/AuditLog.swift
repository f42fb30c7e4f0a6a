import MQTTCodec

/// Keeps a record of who came in, who was refused, and who changed what, for those who have to account for it.
/// Secrets and payloads are never part of an entry.
public protocol AuditLog: Sendable {
    /// Called on event loops too: it must be quick, and may not fail. Whoever implements it says what happens
    /// to entries that cannot be kept.
    func record(_ entry: AuditEntry)
}

/// One line of an ``AuditLog``. The log adds the time.
public struct AuditEntry: Sendable, Equatable {
    public enum Action: String, Sendable, CaseIterable {
        case login
        case logout
        /// A CONNECT was refused.
        case refused
        /// A connection ended before a CONNECT, or was closed as it came.
        case turnedAway = "turned-away"
        case thrownOut = "thrown-out"
        /// A publish or a subscription was refused.
        case denied
        case banned
        /// Entries could not be kept.
        case lost
        /// The broker has started or stopped.
        case started
        case stopped
        /// Users, rules or certificates were read again.
        case reloaded
        /// Somebody used the administration's interface.
        case administration
    }

    public var action: Action
    public var peer: Peer?
    public var clientIdentifier: MQTTString?
    public var userName: MQTTString?
    public var reasonCode: ReasonCode?
    /// What happened, for people.
    public var detail: String

    public init(
        _ action: Action, peer: Peer? = nil, userName: MQTTString? = nil, reason: ReasonCode? = nil,
        detail: String = ""
    ) {
        self.action = action
        self.peer = peer
        self.userName = userName
        reasonCode = reason
        self.detail = detail
    }

    /// About a client.
    public init(_ action: Action, client: Event.Client, reason: ReasonCode? = nil, detail: String = "") {
        self.init(action, peer: client.peer, userName: client.userName, reason: reason, detail: detail)
        clientIdentifier = client.identifier
    }
}
