/// The identifiers of properties, the table of MQTT 5.0 section 2.2.2.2.
public enum PropertyIdentifier: UInt8, Sendable, CaseIterable {
    case payloadFormatIndicator = 1
    case messageExpiryInterval = 2
    case contentType = 3
    case responseTopic = 8
    case correlationData = 9
    case subscriptionIdentifier = 11
    case sessionExpiryInterval = 17
    case assignedClientIdentifier = 18
    case serverKeepAlive = 19
    case authenticationMethod = 21
    case authenticationData = 22
    case requestProblemInformation = 23
    case willDelayInterval = 24
    case requestResponseInformation = 25
    case responseInformation = 26
    case serverReference = 28
    case reasonString = 31
    case receiveMaximum = 33
    case topicAliasMaximum = 34
    case topicAlias = 35
    case maximumQoS = 36
    case retainAvailable = 37
    case userProperty = 38
    case maximumPacketSize = 39
    case wildcardSubscriptionAvailable = 40
    case subscriptionIdentifierAvailable = 41
    case sharedSubscriptionAvailable = 42

    /// Where a property list stands: in a packet, or in the will of CONNECT.
    public enum Place: Sendable, Hashable {
        case packet(PacketType)
        case will
    }

    /// Whether the property may stand there.
    public func isAllowed(in place: Place) -> Bool {
        guard case .packet(let packet) = place else {
            switch self {
            case .payloadFormatIndicator, .messageExpiryInterval, .contentType, .responseTopic,
                .correlationData,
                .willDelayInterval, .userProperty:
                return true
            default: return false
            }
        }
        switch self {
        case .payloadFormatIndicator, .messageExpiryInterval, .contentType, .responseTopic, .correlationData,
            .topicAlias:
            return packet == .publish
        case .subscriptionIdentifier: return packet == .publish || packet == .subscribe
        case .sessionExpiryInterval: return packet == .connect || packet == .connack || packet == .disconnect
        case .authenticationMethod, .authenticationData:
            return packet == .connect || packet == .connack || packet == .auth
        case .requestProblemInformation, .requestResponseInformation: return packet == .connect
        case .willDelayInterval: return false
        case .receiveMaximum, .topicAliasMaximum, .maximumPacketSize:
            return packet == .connect || packet == .connack
        case .serverReference: return packet == .connack || packet == .disconnect
        case .reasonString:
            switch packet {
            case .connack, .puback, .pubrec, .pubrel, .pubcomp, .suback, .unsuback, .disconnect, .auth:
                return true
            default: return false
            }
        case .userProperty: return packet != .pingreq && packet != .pingresp
        case .assignedClientIdentifier, .serverKeepAlive, .responseInformation, .maximumQoS, .retainAvailable,
            .wildcardSubscriptionAvailable, .subscriptionIdentifierAvailable, .sharedSubscriptionAvailable:
            return packet == .connack
        }
    }

    /// Whether the property may appear more than once there: User Property everywhere, Subscription
    /// Identifier in a PUBLISH.
    public func isRepeatable(in place: Place) -> Bool {
        self == .userProperty || self == .subscriptionIdentifier && place == .packet(.publish)
    }
}
