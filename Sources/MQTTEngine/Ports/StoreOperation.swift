import MQTTCodec

/// One change of what is stored. Operations of one batch happen together or not at all, in their order.
///
/// Owners are sessions and shared subscriptions, by numbers that are never used twice. Moments are wall-clock
/// milliseconds since 1970: they go on while the broker is down.
public enum StoreOperation: Sendable, Equatable {
    /// Elsewhere, for it is large, and most operations are not: there are many of them.
    indirect case saveSession(StoredSession)
    /// Removes a session with its subscriptions, received packet identifiers, and deliveries up to a place.
    case removeSession(Int64, deliveriesThrough: Int64 = .max)
    case saveSubscription(session: Int64, StoredSubscription)
    case removeSubscription(session: Int64, filter: MQTTString)
    case saveGroup(Int64, filter: MQTTString)
    /// Removes a shared subscription with its deliveries up to a place.
    case removeGroup(Int64, deliveriesThrough: Int64 = .max)
    /// Gives the deliveries of one shared subscription to another, at places that are higher by an offset, as
    /// deliveries that are on the disk alone; the first is removed.
    case joinGroups(from: Int64, into: Int64, offset: Int64)
    case saveMessage(StoredMessage)
    case removeMessage(Int64)
    /// Removes a message unless a delivery refers to it that is on the disk alone.
    case removeMessageUnlessAwaited(Int64)
    /// Removes the messages that nothing refers to: between two shards a crash can leave some.
    case removeUnusedMessages
    case saveDelivery(owner: Int64, StoredDelivery)
    case removeDelivery(owner: Int64, order: Int64)
    /// A QoS 2 message has come with this identifier, and is not released.
    case saveReceived(session: Int64, packetIdentifier: UInt16)
    case removeReceived(session: Int64, packetIdentifier: UInt16)
    case saveRetained(topic: MQTTString, message: Int64)
    case removeRetained(topic: MQTTString)
}

/// A session's row.
public struct StoredSession: Sendable, Equatable {
    public var id: Int64
    public var clientIdentifier: MQTTString
    public var userName: MQTTString?
    public var version: ProtocolVersion
    /// In seconds; 0xFFFFFFFF: no end.
    public var expiryInterval: UInt32
    /// nil: its client is connected, or it has no end.
    public var expiresAt: Int64?
    public var will: Will?
    /// nil: its connection lives.
    public var willDueAt: Int64?

    public init(
        id: Int64, clientIdentifier: MQTTString, userName: MQTTString?, version: ProtocolVersion,
        expiryInterval: UInt32, expiresAt: Int64?, will: Will?, willDueAt: Int64?
    ) {
        self.id = id
        self.clientIdentifier = clientIdentifier
        self.userName = userName
        self.version = version
        self.expiryInterval = expiryInterval
        self.expiresAt = expiresAt
        self.will = will
        self.willDueAt = willDueAt
    }
}

/// A subscription's row.
public struct StoredSubscription: Sendable, Equatable {
    public var filter: MQTTString
    public var options: SubscriptionOptions
    /// 0: none.
    public var identifier: UInt32
    /// Whether retained messages are still being sent for it.
    public var isReplaying: Bool

    public init(filter: MQTTString, options: SubscriptionOptions, identifier: UInt32, isReplaying: Bool) {
        self.filter = filter
        self.options = options
        self.identifier = identifier
        self.isReplaying = isReplaying
    }
}

/// A message's row; it is there once, however many deliveries refer to it.
public struct StoredMessage: Sendable, Equatable {
    public var id: Int64
    /// Topic, forwarded properties, payload.
    public var bytes: [UInt8]
    public var topicCount: Int
    public var propertiesCount: Int
    public var qos: QoS
    public var retain: Bool
    public var expiresAt: Int64?

    public init(
        id: Int64, bytes: [UInt8], topicCount: Int, propertiesCount: Int, qos: QoS, retain: Bool,
        expiresAt: Int64?
    ) {
        self.id = id
        self.bytes = bytes
        self.topicCount = topicCount
        self.propertiesCount = propertiesCount
        self.qos = qos
        self.retain = retain
        self.expiresAt = expiresAt
    }
}

/// The row of a message on its way to one owner.
public struct StoredDelivery: Sendable, Equatable {
    /// How far the exchange is.
    public enum State: UInt8, Sendable {
        case queued
        /// Sent, or about to be, with its packet identifier.
        case published
        /// The client has it: PUBREL, and no PUBLISH, is owed.
        case released
    }

    /// Its place among the deliveries of its owner, ascending.
    public var order: Int64
    public var message: Int64
    public var qos: QoS
    public var retain: Bool
    public var state: State
    /// 0 while queued.
    public var packetIdentifier: UInt16
    /// The shared subscription that it came through; 0: none.
    public var group: Int64
    public var subscriptionIdentifiers: [UInt32]
    /// Whether no shard has it in memory, or need have it: it is part of a long queue, and read when its turn
    /// comes. Behind such a row of an owner there may be others that are not.
    public var isOnDiskAlone: Bool
    /// Bytes of its message, where it is on the disk alone; else 0.
    public var size: Int

    public init(
        order: Int64, message: Int64, qos: QoS, retain: Bool, state: State, packetIdentifier: UInt16,
        group: Int64, subscriptionIdentifiers: [UInt32], isOnDiskAlone: Bool = false, size: Int = 0
    ) {
        self.isOnDiskAlone = isOnDiskAlone
        self.size = size
        self.order = order
        self.message = message
        self.qos = qos
        self.retain = retain
        self.state = state
        self.packetIdentifier = packetIdentifier
        self.group = group
        self.subscriptionIdentifiers = subscriptionIdentifiers
    }
}
