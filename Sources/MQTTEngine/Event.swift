import MQTTCodec

/// A fact that a shard reports: for logs, observers and audits. Payloads and secrets are never part of it.
public enum Event: Sendable, Equatable {
    /// A CONNECT was accepted.
    case clientConnected(Client, version: ProtocolVersion, sessionPresent: Bool, keepAlive: UInt16)
    /// A CONNECT was refused.
    case clientRefused(Client, ReasonCode, detail: String)
    /// A connection ended that had been accepted.
    case clientDisconnected(Client, DisconnectCause, ConnectionLife)
    /// A connection ended before its CONNECT was accepted.
    case connectionDropped(Peer, detail: String)
    case subscribed(Client, filter: MQTTString, ReasonCode)
    case unsubscribed(Client, filter: MQTTString)
    /// A publish that was not accepted.
    case publishRefused(Client, topic: MQTTString, ReasonCode)
    /// A client publishes faster than ``Limits/messageRate`` or ``Limits/byteRate`` allow. Once for each
    /// connection; what is done about it is ``RatePolicy``'s matter.
    case publishRateExceeded(Client)
    /// Messages that will not reach a session. Repeats are gathered: one event tells how many.
    case messagesDropped(clientIdentifier: MQTTString, DropReason, count: Int)
    /// A session's state was discarded.
    case sessionEnded(clientIdentifier: MQTTString, SessionEndCause)
    case willPublished(clientIdentifier: MQTTString, topic: MQTTString)
    /// Publishers wait because this session's queue or connection is full.
    case publishersHeld(by: MQTTString)
    case publishersReleased(by: MQTTString)

    /// Who it is about.
    public struct Client: Sendable, Hashable {
        public var identifier: MQTTString
        public var userName: MQTTString?
        public var peer: Peer

        public init(identifier: MQTTString, userName: MQTTString?, peer: Peer) {
            self.identifier = identifier
            self.userName = userName
            self.peer = peer
        }
    }
}

/// What became of a connection from its CONNECT to its end.
public struct ConnectionLife: Sendable, Equatable {
    /// Milliseconds since it was opened.
    public var time: Int64
    public var bytesReceived: UInt64
    public var bytesSent: UInt64

    public init(time: Int64 = 0, bytesReceived: UInt64 = 0, bytesSent: UInt64 = 0) {
        self.time = time
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
    }
}

/// Why a connection ended.
public enum DisconnectCause: Sendable, Equatable {
    /// The client sent DISCONNECT.
    case byClient(ReasonCode)
    /// The network connection broke or was closed by the peer.
    case connectionLost
    /// The broker ended it, with this reason code towards 5.0 clients.
    case byServer(ReasonCode, detail: String)
}

/// Why a message will not reach a session.
public enum DropReason: String, Sendable, Hashable, CaseIterable {
    /// Its expiry passed before it was sent [MQTT-3.3.2-5].
    case expired
    /// It is larger than the client's Maximum Packet Size [MQTT-3.1.2-25].
    case tooLargeForClient
    /// The queue is full and its policy is `drop-oldest`.
    case queueFull
    /// The queue is full and its policy is `end-session`: it went with its session.
    case sessionEnded
    /// The client does not read, and the message is QoS 0.
    case slowReader
    /// It was published without the right to.
    case notAuthorized
    /// The client answered with a failing PUBACK or PUBREC [MQTT-4.8.2-6].
    case refusedByClient
    /// The last member of the shared subscription left.
    case noMemberLeft
    /// A bound on retained messages was reached.
    case retainedFull
    /// The store has lost it, or has it damaged.
    case damaged
    /// The store cannot write, and the publisher was told so.
    case unstorable
}

/// Why a session's state was discarded.
public enum SessionEndCause: String, Sendable, Hashable, CaseIterable {
    /// Its Session Expiry Interval passed [MQTT-4.1.0-2].
    case expired
    /// It was to last no longer than its connection.
    case connectionEnded
    /// A CONNECT with Clean Start replaced it [MQTT-3.1.2-4].
    case cleanStart
    /// Its queue overflowed and its policy is `end-session`.
    case queueFull
    /// The bound on stored sessions was reached.
    case tooManySessions
    /// The operator ended it.
    case administrative
}
