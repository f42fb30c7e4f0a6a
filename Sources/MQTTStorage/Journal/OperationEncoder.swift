import MQTTCodec
import MQTTEngine

/// Operations as the journal keeps them: a byte that tells which, then its parts. Numbers take as many bytes as
/// they need, bytes come behind their count.
struct OperationEncoder {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(4_096) }

    /// What the first byte says.
    enum Tag: UInt8 {
        case saveSession = 1
        case removeSession, saveSubscription, removeSubscription, saveGroup, removeGroup, saveMessage
        case removeMessage, removeMessageUnlessAwaited, saveDelivery, removeDelivery, saveReceived
        case removeReceived, saveRetained, removeRetained, joinGroups, removeUnusedMessages
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func add(_ operation: StoreOperation) {
        switch operation {
        case .saveSession(let session): add(session)
        case .removeSession(let id, let last): begin(.removeSession, id, last)
        case .saveSubscription(let session, let subscription):
            begin(.saveSubscription, session)
            add(subscription.filter.bytes)
            add(Int64(subscription.options.byte))
            add(Int64(subscription.identifier))
            add(subscription.isReplaying ? 1 : 0)
        case .removeSubscription(let session, let filter):
            begin(.removeSubscription, session)
            add(filter.bytes)
        case .saveGroup(let id, let filter):
            begin(.saveGroup, id)
            add(filter.bytes)
        case .removeGroup(let id, let last): begin(.removeGroup, id, last)
        case .saveMessage(let message):
            begin(.saveMessage, message.id)
            add(message.bytes)
            add(Int64(message.topicCount))
            add(Int64(message.propertiesCount))
            bytes.append(message.qos.rawValue | (message.retain ? 4 : 0) | (message.expiresAt == nil ? 0 : 8))
            if let expiresAt = message.expiresAt { add(expiresAt) }
        case .removeMessage(let id): begin(.removeMessage, id)
        case .removeMessageUnlessAwaited(let id): begin(.removeMessageUnlessAwaited, id)
        case .saveDelivery(let owner, let delivery): add(delivery, owner)
        case .removeDelivery(let owner, let order): begin(.removeDelivery, owner, order)
        case .saveReceived(let session, let packet): begin(.saveReceived, session, Int64(packet))
        case .removeReceived(let session, let packet): begin(.removeReceived, session, Int64(packet))
        case .saveRetained(let topic, let message):
            begin(.saveRetained, message)
            add(topic.bytes)
        case .joinGroups(let from, let into, let offset):
            begin(.joinGroups, from, into)
            add(offset)
        case .removeUnusedMessages: bytes.append(Tag.removeUnusedMessages.rawValue)
        case .removeRetained(let topic):
            bytes.append(Tag.removeRetained.rawValue)
            add(topic.bytes)
        }
    }

    private mutating func add(_ session: StoredSession) {
        begin(.saveSession, session.id)
        add(session.clientIdentifier.bytes)
        let will = session.will?.stored
        bytes.append(
            (session.userName == nil ? 0 : 1) | (session.expiresAt == nil ? 0 : 2) | (will == nil ? 0 : 4)
                | (session.willDueAt == nil ? 0 : 8))
        if let userName = session.userName { add(userName.bytes) }
        bytes.append(session.version.rawValue)
        add(Int64(session.expiryInterval))
        if let expiresAt = session.expiresAt { add(expiresAt) }
        if let will { add(will) }
        if let willDueAt = session.willDueAt { add(willDueAt) }
    }

    private mutating func add(_ delivery: StoredDelivery, _ owner: Int64) {
        begin(.saveDelivery, owner, delivery.order)
        add(delivery.message)
        bytes.append(
            delivery.qos.rawValue | (delivery.retain ? 4 : 0) | delivery.state.rawValue << 3
                | (delivery.isOnDiskAlone ? 64 : 0))
        add(Int64(delivery.packetIdentifier))
        add(delivery.group)
        add(Int64(delivery.size))
        add(Int64(delivery.subscriptionIdentifiers.count))
        for identifier in delivery.subscriptionIdentifiers { add(Int64(identifier)) }
    }

    private mutating func begin(_ tag: Tag, _ first: Int64) {
        bytes.append(tag.rawValue)
        add(first)
    }

    private mutating func begin(_ tag: Tag, _ first: Int64, _ second: Int64) {
        begin(tag, first)
        add(second)
    }

    private mutating func add(_ part: [UInt8]) {
        add(Int64(part.count))
        bytes.append(contentsOf: part)
    }

    /// Seven bits in a byte, the lowest first; the sign goes into the lowest bit of all.
    private mutating func add(_ number: Int64) {
        var rest = UInt64(bitPattern: number << 1 ^ number >> 63)
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
