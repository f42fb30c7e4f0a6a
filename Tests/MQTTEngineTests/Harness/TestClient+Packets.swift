import MQTTCodec
import NIOCore

/// What clients do, in one line each.
extension TestClient {
    /// Sends CONNECT and takes the CONNACK.
    @discardableResult
    func connect(
        cleanStart: Bool = true, sessionExpiry: UInt32? = nil, keepAlive: UInt16 = 0, will: Will? = nil,
        userName: MQTTString? = nil, password: String? = nil, properties: Properties = []
    ) -> Connack? {
        var properties = properties
        if let sessionExpiry { properties.sessionExpiryInterval = sessionExpiry }
        send(
            .connect(
                Connect(
                    version: version, cleanStart: cleanStart, keepAlive: keepAlive,
                    clientIdentifier: identifier,
                    will: will, userName: userName, password: password.map { Array($0.utf8) },
                    properties: properties)))
        return takeConnack()
    }

    /// Connects so that the session outlives the connection, in any version.
    @discardableResult
    func resume(properties: Properties = []) -> Connack? {
        connect(cleanStart: false, sessionExpiry: version == .v5 ? 3600 : nil, properties: properties)
    }

    /// The same client on another connection, not connected yet.
    func again() -> TestClient { harness.client(identifier, version) }

    func takeConnack() -> Connack? { take { if case .connack(let packet) = $0 { packet } else { nil } } }

    /// Sends SUBSCRIBE for one filter and takes the SUBACK.
    @discardableResult
    func subscribe(
        _ filter: MQTTString, qos: QoS = .atMostOnce, noLocal: Bool = false, retainAsPublished: Bool = false,
        retainHandling: SubscriptionOptions.RetainHandling = .sendAlways, identifier: Int? = nil
    ) -> ReasonCode? {
        let options = SubscriptionOptions(
            qos: qos, noLocal: noLocal, retainAsPublished: retainAsPublished, retainHandling: retainHandling)
        let properties: Properties = identifier.map { [.subscriptionIdentifier($0)] } ?? []
        return subscribe([.init(filter, options)], properties: properties)?.reasonCodes.first
    }

    /// Sends SUBSCRIBE and takes the SUBACK.
    @discardableResult
    func subscribe(_ entries: [Subscribe.Entry], properties: Properties = []) -> SubscriptionAcknowledgement?
    {
        let identifier = takePacketIdentifier()
        send(.subscribe(Subscribe(packetIdentifier: identifier, entries, properties: properties)))
        return takeSubscriptionAcknowledgement(.suback, identifier)
    }

    /// Sends UNSUBSCRIBE and takes the UNSUBACK.
    @discardableResult
    func unsubscribe(_ filters: MQTTString..., properties: Properties = []) -> SubscriptionAcknowledgement? {
        let identifier = takePacketIdentifier()
        send(.unsubscribe(Unsubscribe(packetIdentifier: identifier, filters, properties: properties)))
        return takeSubscriptionAcknowledgement(.unsuback, identifier)
    }

    func takeSubscriptionAcknowledgement(
        _ type: PacketType, _ identifier: UInt16
    ) -> SubscriptionAcknowledgement? {
        take {
            guard case .subscriptionAcknowledgement(let packet) = $0, packet.type == type,
                packet.packetIdentifier == identifier
            else { return nil }
            return packet
        }
    }

    /// Sends PUBLISH and takes its PUBACK or PUBREC, if one arrived.
    @discardableResult
    func publish(
        _ topic: MQTTString, _ payload: String = "", qos: QoS = .atMostOnce, retain: Bool = false,
        dup: Bool = false, packetIdentifier: UInt16? = nil, properties: Properties = []
    ) -> Acknowledgement? {
        let identifier = qos == .atMostOnce ? 0 : packetIdentifier ?? takePacketIdentifier()
        send(
            .publish(
                Publish(
                    topicName: topic, payload: ByteBuffer(string: payload), qos: qos, retain: retain,
                    dup: dup,
                    packetIdentifier: identifier, properties: properties)))
        return qos == .atMostOnce
            ? nil : takeAcknowledgement(qos == .atLeastOnce ? .puback : .pubrec, identifier)
    }

    /// Publishes to the end of the exchange that the QoS demands. True if all of it came, without failure.
    @discardableResult
    func publishCompletely(
        _ topic: MQTTString, _ payload: String = "", qos: QoS, retain: Bool = false, dup: Bool = false,
        properties: Properties = []
    ) -> Bool {
        let answer = publish(topic, payload, qos: qos, retain: retain, dup: dup, properties: properties)
        guard qos > .atMostOnce else { return answer == nil }
        guard let answer, !answer.reasonCode.isFailure else { return false }
        return qos == .atLeastOnce || pubrel(answer.packetIdentifier) != nil
    }

    func takeAcknowledgement(_ type: PacketType, _ identifier: UInt16? = nil) -> Acknowledgement? {
        take {
            guard case .acknowledgement(let packet) = $0, packet.type == type,
                packet.packetIdentifier == identifier ?? packet.packetIdentifier
            else { return nil }
            return packet
        }
    }

    func puback(_ identifier: UInt16, _ reason: ReasonCode = .success) {
        send(.acknowledgement(Acknowledgement(.puback, packetIdentifier: identifier, reasonCode: reason)))
    }

    /// Sends PUBREC and takes the PUBREL.
    @discardableResult
    func pubrec(_ identifier: UInt16, _ reason: ReasonCode = .success) -> Acknowledgement? {
        send(.acknowledgement(Acknowledgement(.pubrec, packetIdentifier: identifier, reasonCode: reason)))
        return takeAcknowledgement(.pubrel, identifier)
    }

    /// Sends PUBREL and takes the PUBCOMP.
    @discardableResult
    func pubrel(_ identifier: UInt16, _ reason: ReasonCode = .success) -> Acknowledgement? {
        send(.acknowledgement(Acknowledgement(.pubrel, packetIdentifier: identifier, reasonCode: reason)))
        return takeAcknowledgement(.pubcomp, identifier)
    }

    func pubcomp(_ identifier: UInt16) {
        send(.acknowledgement(Acknowledgement(.pubcomp, packetIdentifier: identifier)))
    }

    /// Whether a PINGREQ is answered.
    @discardableResult
    func ping() -> Bool {
        send(.pingreq)
        return take { $0 == .pingresp ? true : nil } ?? false
    }

    func disconnect(_ reason: ReasonCode = .normalDisconnection, properties: Properties = []) {
        send(.disconnect(Disconnect(reasonCode: reason, properties: properties)))
    }

    func takePacketIdentifier() -> UInt16 {
        defer { nextPacketIdentifier = nextPacketIdentifier == .max ? 1 : nextPacketIdentifier + 1 }
        return nextPacketIdentifier
    }
}

/// What arrived, seen from different sides.
extension TestClient {
    /// The messages that arrived and were not taken yet.
    var messages: [Publish] {
        received.compactMap { if case .publish(let packet) = $0 { packet } else { nil } }
    }

    /// Their payloads, as text.
    var payloads: [String] { messages.map { String(buffer: $0.payload) } }

    /// Takes the messages, and leaves the other packets.
    @discardableResult
    func takeMessages() -> [Publish] {
        let taken = messages
        received.removeAll { if case .publish = $0 { true } else { false } }
        return taken
    }

    /// Takes the first message.
    func takeMessage() -> Publish? { take { if case .publish(let packet) = $0 { packet } else { nil } } }

    /// The reason of the server's DISCONNECT, if one arrived.
    var disconnectReason: ReasonCode? {
        for case .disconnect(let packet) in received { return packet.reasonCode }
        return nil
    }
}

extension MQTTString: ExpressibleByStringInterpolation {}

extension Publish {
    var text: String { String(buffer: payload) }
}
