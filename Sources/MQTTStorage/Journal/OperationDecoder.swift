import MQTTCodec
import MQTTEngine

/// Reads what an ``OperationEncoder`` has written.
struct OperationDecoder {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// nil: that were all.
    mutating func next() throws(StoreError) -> StoreOperation? {
        guard place < bytes.count else { return nil }
        guard let tag = OperationEncoder.Tag(rawValue: try byte()) else { throw Self.damaged }
        switch tag {
        case .saveSession: return .saveSession(try session())
        case .removeSession: return .removeSession(try number(), deliveriesThrough: try number())
        case .saveSubscription: return .saveSubscription(session: try number(), try subscription())
        case .removeSubscription: return .removeSubscription(session: try number(), filter: try string())
        case .saveGroup: return .saveGroup(try number(), filter: try string())
        case .removeGroup: return .removeGroup(try number(), deliveriesThrough: try number())
        case .saveMessage: return .saveMessage(try message())
        case .removeMessage: return .removeMessage(try number())
        case .removeMessageUnlessAwaited: return .removeMessageUnlessAwaited(try number())
        case .saveDelivery: return .saveDelivery(owner: try number(), try delivery())
        case .removeDelivery: return .removeDelivery(owner: try number(), order: try number())
        case .saveReceived: return .saveReceived(session: try number(), packetIdentifier: try small())
        case .removeReceived: return .removeReceived(session: try number(), packetIdentifier: try small())
        case .saveRetained:
            let message = try number()
            return .saveRetained(topic: try string(), message: message)
        case .removeRetained: return .removeRetained(topic: try string())
        case .joinGroups: return .joinGroups(from: try number(), into: try number(), offset: try number())
        case .removeUnusedMessages: return .removeUnusedMessages
        }
    }

    private mutating func session() throws(StoreError) -> StoredSession {
        let id = try number()
        let client = try string()
        let has = try byte()
        let user = has & 1 != 0 ? try string() : nil
        guard let version = ProtocolVersion(rawValue: try byte()) else { throw Self.damaged }
        let interval: UInt32 = try small()
        let expiresAt = has & 2 != 0 ? try number() : nil
        var will: Will?
        if has & 4 != 0 {
            will = Will(stored: try part())
            if will == nil { throw Self.damaged }
        }
        return StoredSession(
            id: id, clientIdentifier: client, userName: user, version: version, expiryInterval: interval,
            expiresAt: expiresAt, will: will, willDueAt: has & 8 != 0 ? try number() : nil)
    }

    private mutating func subscription() throws(StoreError) -> StoredSubscription {
        let filter = try string()
        guard let options = try? SubscriptionOptions(byte: try small(), version: .v5) else {
            throw Self.damaged
        }
        return StoredSubscription(
            filter: filter, options: options, identifier: try small(), isReplaying: try number() != 0)
    }

    private mutating func message() throws(StoreError) -> StoredMessage {
        let id = try number()
        let bytes = try part()
        let topicCount: UInt32 = try small()
        let propertiesCount: UInt32 = try small()
        let flags = try byte()
        guard let qos = QoS(rawValue: flags & 3), Int(topicCount) + Int(propertiesCount) <= bytes.count else {
            throw Self.damaged
        }
        return StoredMessage(
            id: id, bytes: bytes, topicCount: Int(topicCount), propertiesCount: Int(propertiesCount),
            qos: qos, retain: flags & 4 != 0, expiresAt: flags & 8 != 0 ? try number() : nil)
    }

    private mutating func delivery() throws(StoreError) -> StoredDelivery {
        let order = try number()
        let message = try number()
        let flags = try byte()
        let packet: UInt16 = try small()
        let group = try number()
        let size: UInt32 = try small()
        let count: UInt32 = try small()
        guard let qos = QoS(rawValue: flags & 3),
            let state = StoredDelivery.State(rawValue: flags >> 3 & 7), Int(count) <= bytes.count - place
        else { throw Self.damaged }
        var identifiers: [UInt32] = []
        for _ in 0..<count { identifiers.append(try small()) }
        return StoredDelivery(
            order: order, message: message, qos: qos, retain: flags & 4 != 0, state: state,
            packetIdentifier: packet, group: group, subscriptionIdentifiers: identifiers,
            isOnDiskAlone: flags & 64 != 0, size: Int(size))
    }

    private mutating func byte() throws(StoreError) -> UInt8 {
        guard place < bytes.count else { throw Self.damaged }
        place += 1
        return bytes[place - 1]
    }

    private mutating func number() throws(StoreError) -> Int64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let next = try byte()
            number |= UInt64(next & 127) << shift
            if next < 128 { return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1) }
        }
        throw Self.damaged
    }

    private mutating func small<Number: FixedWidthInteger>() throws(StoreError) -> Number {
        guard let number = Number(exactly: try number()) else { throw Self.damaged }
        return number
    }

    private mutating func part() throws(StoreError) -> [UInt8] {
        let count: UInt32 = try small()
        guard Int(count) <= bytes.count - place else { throw Self.damaged }
        place += Int(count)
        return Array(bytes[place - Int(count)..<place])
    }

    private mutating func string() throws(StoreError) -> MQTTString { MQTTString(try part()) }

    private static var damaged: StoreError { .damaged("the journal makes no sense") }
}
