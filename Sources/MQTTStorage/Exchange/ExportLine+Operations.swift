import MQTTCodec
import MQTTEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ExportLine {
    /// nil: the operation is no row.
    init?(_ operation: StoreOperation) throws(StoreError) {
        switch operation {
        case .saveSession(let session): self.session = try Session(session)
        case .saveSubscription(let session, let row):
            subscription = Subscription(
                session: session, filter: try text(row.filter), qos: Int(row.options.qos.rawValue),
                noLocal: row.options.noLocal, retainAsPublished: row.options.retainAsPublished,
                retainHandling: Int(row.options.retainHandling.rawValue), identifier: row.identifier,
                replaying: row.isReplaying)
        case .saveGroup(let id, let filter): shared = Shared(id: id, filter: try text(filter))
        case .saveMessage(let message): self.message = try Message(message)
        case .saveRetained(let topic, let message):
            retained = Retained(topic: try text(topic), message: message)
        case .saveDelivery(let owner, let row):
            let identifiers = row.subscriptionIdentifiers
            delivery = Delivery(
                owner: owner, place: row.order, message: row.message, qos: Int(row.qos.rawValue),
                retain: row.retain, state: Delivery.name(of: row.state), packet: row.packetIdentifier,
                shared: row.group, subscriptionIdentifiers: identifiers.isEmpty ? nil : identifiers)
        case .saveReceived(let session, let packet): received = Received(session: session, packet: packet)
        default: return nil
        }
    }

    /// nil: the line is about the export itself.
    func operation() throws(StoreError) -> StoreOperation? {
        if let session { return .saveSession(try session.stored()) }
        if let line = subscription { return .saveSubscription(session: line.session, try line.stored()) }
        if let shared { return .saveGroup(shared.id, filter: try filter(shared.filter)) }
        if let message { return .saveMessage(try message.stored()) }
        if let retained {
            return .saveRetained(topic: MQTTString(retained.topic), message: retained.message)
        }
        if let delivery { return .saveDelivery(owner: delivery.owner, try delivery.stored()) }
        if let received {
            return .saveReceived(session: received.session, packetIdentifier: received.packet)
        }
        return nil
    }
}

/// The text of a string of MQTT, which is UTF-8.
private func text(_ string: MQTTString) throws(StoreError) -> String {
    guard let text = String(validating: string.bytes, as: UTF8.self) else {
        throw .damaged("a string is not UTF-8: \(string)")
    }
    return text
}

private func filter(_ text: String) throws(StoreError) -> MQTTString {
    guard let filter = try? TopicFilter(MQTTString(text)) else {
        throw .refused("'\(text)' is no topic filter")
    }
    return filter.string
}

private func qos(_ number: Int) throws(StoreError) -> QoS {
    guard let qos = QoS(rawValue: UInt8(clamping: number)) else { throw .refused("\(number) is no QoS") }
    return qos
}

extension ExportLine.Session {
    fileprivate init(_ row: StoredSession) throws(StoreError) {
        id = row.id
        client = try text(row.clientIdentifier)
        if let userName = row.userName { user = try text(userName) }
        version = Int(row.version.rawValue)
        expiryInterval = row.expiryInterval
        expiresAt = row.expiresAt
        willDueAt = row.willDueAt
        guard let will = row.will else { return }
        self.will = ExportLine.Will(
            topic: try text(will.topic), payload: Data(will.payload), qos: Int(will.qos.rawValue),
            retain: will.retain, properties: PropertyLine.lines(will.properties))
    }

    fileprivate func stored() throws(StoreError) -> StoredSession {
        guard let version = ProtocolVersion(rawValue: UInt8(clamping: version)) else {
            throw .refused("\(version) is no version of MQTT")
        }
        var stored: MQTTCodec.Will?
        if let will {
            stored = MQTTCodec.Will(
                topic: MQTTString(will.topic), payload: Array(will.payload), qos: try qos(will.qos),
                retain: will.retain, properties: try PropertyLine.properties(will.properties))
        }
        return StoredSession(
            id: id, clientIdentifier: MQTTString(client), userName: user.map { MQTTString($0) },
            version: version, expiryInterval: expiryInterval, expiresAt: expiresAt, will: stored,
            willDueAt: willDueAt)
    }
}

extension ExportLine.Subscription {
    fileprivate func stored() throws(StoreError) -> StoredSubscription {
        guard let handling = SubscriptionOptions.RetainHandling(rawValue: UInt8(clamping: retainHandling))
        else {
            throw .refused("\(retainHandling) is no retain handling")
        }
        return StoredSubscription(
            filter: try MQTTStorage.filter(filter),
            options: SubscriptionOptions(
                qos: try MQTTStorage.qos(qos), noLocal: noLocal, retainAsPublished: retainAsPublished,
                retainHandling: handling), identifier: identifier, isReplaying: replaying)
    }
}

extension ExportLine.Message {
    fileprivate init(_ row: StoredMessage) throws(StoreError) {
        let payloadStart = row.topicCount + row.propertiesCount
        id = row.id
        topic = try text(MQTTString(Array(row.bytes[..<row.topicCount])))
        payload = Data(row.bytes[payloadStart...])
        qos = Int(row.qos.rawValue)
        retain = row.retain
        expiresAt = row.expiresAt
        guard let forwarded = try? Properties(forwarded: Array(row.bytes[row.topicCount..<payloadStart]))
        else {
            throw .damaged("the properties of message \(row.id) make no sense")
        }
        properties = PropertyLine.lines(forwarded)
    }

    fileprivate func stored() throws(StoreError) -> StoredMessage {
        StoredMessage(
            id: id, topic: MQTTString(topic), properties: try PropertyLine.properties(properties),
            payload: Array(payload), qos: try MQTTStorage.qos(qos), retain: retain, expiresAt: expiresAt)
    }
}

extension ExportLine.Delivery {
    fileprivate static func name(of state: StoredDelivery.State) -> String {
        switch state {
        case .queued: "queued"
        case .published: "published"
        case .released: "released"
        }
    }

    fileprivate func stored() throws(StoreError) -> StoredDelivery {
        let states: [StoredDelivery.State] = [.queued, .published, .released]
        guard let known = states.first(where: { Self.name(of: $0) == state }) else {
            throw .refused("'\(state)' is no state of a delivery")
        }
        return StoredDelivery(
            order: place, message: message, qos: try MQTTStorage.qos(qos), retain: retain, state: known,
            packetIdentifier: packet, group: shared, subscriptionIdentifiers: subscriptionIdentifiers ?? [])
    }
}

extension StoredMessage {
    /// A message from its parts.
    init(
        id: Int64, topic: MQTTString, properties: Properties, payload: [UInt8], qos: QoS, retain: Bool,
        expiresAt: Int64?
    ) {
        let forwarded = properties.forwardedBytes
        self.init(
            id: id, bytes: topic.bytes + forwarded + payload, topicCount: topic.count,
            propertiesCount: forwarded.count, qos: qos, retain: retain, expiresAt: expiresAt)
    }
}
