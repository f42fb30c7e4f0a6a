import MQTTCodec
import NIOCore

/// Packets that are all legal, and otherwise as odd as can be.
extension RandomSource {
    mutating func packet(_ version: ProtocolVersion) -> ControlPacket {
        let isNew = version == .v5
        switch below(isNew ? 15 : 14) {
        case 0: return .connect(connect(version))
        case 1: return .connack(connack(version))
        case 2, 3: return .publish(publish(version))
        case 4, 5, 6, 7: return .acknowledgement(acknowledgement(version))
        case 8:
            let entries = (0..<below(5) + 1).map { _ in
                Subscribe.Entry(string(), options(version))
            }
            return .subscribe(
                Subscribe(
                    packetIdentifier: identifier(), entries,
                    properties: properties(.packet(.subscribe), version)))
        case 9:
            let filters = (0..<below(5) + 1).map { _ in string() }
            return .unsubscribe(
                Unsubscribe(
                    packetIdentifier: identifier(), filters,
                    properties: properties(.packet(.unsubscribe), version)))
        case 10: return .subscriptionAcknowledgement(subscriptionAcknowledgement(version))
        case 11: return .pingreq
        case 12: return .pingresp
        case 13:
            guard isNew else { return .disconnect(Disconnect()) }
            return .disconnect(
                Disconnect(
                    reasonCode: reasonCode(.disconnect), properties: properties(.packet(.disconnect), version)
                ))
        default:
            return .auth(Auth(reasonCode: reasonCode(.auth), properties: properties(.packet(.auth), version)))
        }
    }

    private mutating func connect(_ version: ProtocolVersion) -> Connect {
        let userName = chance(50) ? string() : nil
        let mayHavePassword = version == .v5 || userName != nil
        var will: Will?
        if chance(50) {
            will = Will(
                topic: topicName(), payload: bytes(upTo: 20), qos: pick(QoS.allCases), retain: chance(50),
                properties: properties(.will, version))
        }
        return Connect(
            version: version, cleanStart: chance(50), keepAlive: UInt16(below(65_536)),
            clientIdentifier: string(),
            will: will, userName: userName, password: mayHavePassword && chance(50) ? bytes(upTo: 20) : nil,
            properties: properties(.packet(.connect), version), isBridge: version != .v5 && chance(20))
    }

    private mutating func connack(_ version: ProtocolVersion) -> Connack {
        let code =
            version == .v5 ? reasonCode(.connack) : pick(ConnectReturnCode.allCases).reasonCode
        return Connack(
            sessionPresent: version != .v3_1 && chance(50), reasonCode: code,
            properties: properties(.packet(.connack), version))
    }

    mutating func publish(_ version: ProtocolVersion) -> Publish {
        let qos = pick(QoS.allCases)
        return Publish(
            topicName: topicName(), payload: ByteBuffer(bytes: bytes(upTo: chance(10) ? 20_000 : 200)),
            qos: qos,
            retain: chance(50), dup: qos != .atMostOnce && chance(50),
            packetIdentifier: qos == .atMostOnce ? 0 : identifier(),
            properties: properties(.packet(.publish), version))
    }

    private mutating func acknowledgement(_ version: ProtocolVersion) -> Acknowledgement {
        let type = pick([PacketType.puback, .pubrec, .pubrel, .pubcomp])
        return Acknowledgement(
            type, packetIdentifier: identifier(), reasonCode: version == .v5 ? reasonCode(type) : .success,
            properties: properties(.packet(type), version))
    }

    private mutating func subscriptionAcknowledgement(_ version: ProtocolVersion)
        -> SubscriptionAcknowledgement
    {
        let type = pick([PacketType.suback, .unsuback])
        let count = type == .unsuback && version != .v5 ? 0 : below(5) + 1
        let old: [ReasonCode] = [.grantedQoS0, .grantedQoS1, .grantedQoS2, .unspecifiedError]
        let codes = (0..<count).map { _ in
            switch version {
            case .v3_1: pick(Array(old.dropLast()))
            case .v3_1_1: pick(old)
            case .v5: reasonCode(type)
            }
        }
        return SubscriptionAcknowledgement(
            type, packetIdentifier: identifier(), codes, properties: properties(.packet(type), version))
    }

    private mutating func options(_ version: ProtocolVersion) -> SubscriptionOptions {
        guard version == .v5 else { return SubscriptionOptions(qos: pick(QoS.allCases)) }
        return SubscriptionOptions(
            qos: pick(QoS.allCases), noLocal: chance(50), retainAsPublished: chance(50),
            retainHandling: pick(SubscriptionOptions.RetainHandling.allCases))
    }

    private mutating func identifier() -> UInt16 { UInt16(below(65_535) + 1) }

    private mutating func reasonCode(_ type: PacketType) -> ReasonCode {
        pick((UInt8(0)...255).map { ReasonCode(rawValue: $0) }.filter { $0.isLegal(in: type) })
    }

    /// Text of one to four bytes a character.
    mutating func string(upTo most: Int = 20) -> MQTTString {
        let count = below(most + 1)
        var text = String.UnicodeScalarView()
        for _ in 0..<count {
            let range = pick([
                0x20...0x7E, 0x01...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
            ])
            if let scalar = Unicode.Scalar(UInt32(range.lowerBound + below(range.count))) {
                text.append(scalar)
            }
        }
        return MQTTString(String(text))
    }

    /// One level or more, never with wildcards.
    mutating func topicName() -> MQTTString {
        let bytes = string().bytes.filter { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "#") }
        return bytes.isEmpty ? "/" : MQTTString(bytes)
    }

    /// Any of those allowed in a place, none twice that may not be.
    private mutating func properties(_ place: PropertyIdentifier.Place, _ version: ProtocolVersion)
        -> Properties
    {
        guard version == .v5, chance(70) else { return [] }
        var list: [Property] = []
        for identifier in PropertyIdentifier.allCases.shuffled(using: &self)
        where identifier.isAllowed(in: place) {
            let most = identifier.isRepeatable(in: place) ? 3 : 1
            for _ in 0..<below(most + 1) { list.append(property(identifier)) }
        }
        var properties = Properties(list)
        if properties.authenticationMethod == nil { properties.authenticationData = nil }
        return properties
    }

    private mutating func property(_ identifier: PropertyIdentifier) -> Property {
        let flag = UInt8(below(2))
        let short = UInt16(below(65_536))
        let long = UInt32(truncatingIfNeeded: next())
        switch identifier {
        case .payloadFormatIndicator: return .payloadFormatIndicator(flag)
        case .messageExpiryInterval: return .messageExpiryInterval(long)
        case .contentType: return .contentType(string())
        case .responseTopic: return .responseTopic(topicName())
        case .correlationData: return .correlationData(bytes(upTo: 20))
        case .subscriptionIdentifier:
            return .subscriptionIdentifier(below(pick([127, 20_000, 268_435_455])) + 1)
        case .sessionExpiryInterval: return .sessionExpiryInterval(long)
        case .assignedClientIdentifier: return .assignedClientIdentifier(string())
        case .serverKeepAlive: return .serverKeepAlive(short)
        case .authenticationMethod: return .authenticationMethod(string())
        case .authenticationData: return .authenticationData(bytes(upTo: 20))
        case .requestProblemInformation: return .requestProblemInformation(flag)
        case .willDelayInterval: return .willDelayInterval(long)
        case .requestResponseInformation: return .requestResponseInformation(flag)
        case .responseInformation: return .responseInformation(string())
        case .serverReference: return .serverReference(string())
        case .reasonString: return .reasonString(string())
        case .receiveMaximum: return .receiveMaximum(max(short, 1))
        case .topicAliasMaximum: return .topicAliasMaximum(short)
        case .topicAlias: return .topicAlias(max(short, 1))
        case .maximumQoS: return .maximumQoS(flag)
        case .retainAvailable: return .retainAvailable(flag)
        case .userProperty: return .userProperty(string(), string())
        case .maximumPacketSize: return .maximumPacketSize(max(long, 1))
        case .wildcardSubscriptionAvailable: return .wildcardSubscriptionAvailable(flag)
        case .subscriptionIdentifierAvailable: return .subscriptionIdentifierAvailable(flag)
        case .sharedSubscriptionAvailable: return .sharedSubscriptionAvailable(flag)
        }
    }
}
