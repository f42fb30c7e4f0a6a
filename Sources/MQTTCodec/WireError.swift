/// What can be wrong with bytes that claim to be MQTT. Small and trivial: it is thrown on the wire path.
public enum WireError: UInt8, Error, Sendable, Equatable, CaseIterable {
    /// A field runs past the end of its packet, or a packet holds more than its fields.
    case lengthMismatch
    /// A variable byte integer is longer than needed, or than four bytes [MQTT-1.5.5-1].
    case invalidVariableByteInteger
    /// A string is no well-formed UTF-8, or holds U+0000 [MQTT-1.5.4-1, -2].
    case invalidString
    /// Packet type 0, or 15 before MQTT 5.0.
    case invalidPacketType
    /// Reserved bits have a value that they must not have [MQTT-2.1.3-1].
    case reservedBits
    /// QoS 3 [MQTT-3.3.1-4], or DUP at QoS 0 [MQTT-3.3.1-2].
    case invalidPublishFlags
    /// A packet identifier of 0 [MQTT-2.2.1-3].
    case zeroPacketIdentifier
    /// A property identifier that the standard does not know.
    case unknownProperty
    /// A property that does not belong in this packet, section 2.2.2.2.
    case misplacedProperty
    /// A Subscription Identifier in a PUBLISH to the server [MQTT-3.3.4-6].
    case subscriptionIdentifierFromClient
    /// A property that may appear once appears twice.
    case repeatedProperty
    /// A property has a value that it must not have.
    case invalidPropertyValue
    /// A topic alias of 0, or above what was offered [MQTT-3.3.2-8, -9].
    case invalidTopicAlias
    /// An empty topic name where no topic alias stands for it, section 3.3.2.1.
    case unknownTopicAlias
    /// Authentication Data without an Authentication Method.
    case authenticationDataWithoutMethod
    /// A topic name that is empty, too long or has wildcards [MQTT-4.7.0-1, 4.7.3-1].
    case invalidTopicName
    /// A topic filter with misplaced wildcards or a wrong share name [MQTT-4.7.1-1, -2, 4.8.2-1, -2].
    case invalidTopicFilter
    /// SUBSCRIBE or UNSUBSCRIBE without any filter [MQTT-3.8.3-2, 3.10.3-2].
    case emptyFilterList
    /// QoS 3 or Retain Handling 3 in subscription options, section 3.8.3.1.
    case invalidSubscriptionOptions
    /// No Local on a shared subscription [MQTT-3.8.3-4].
    case noLocalOnSharedSubscription
    /// A protocol name or level that is not ours [MQTT-3.1.2-1, -2].
    case unsupportedProtocolVersion
    /// Will flags without a will, Will QoS 3 [MQTT-3.1.2-11, -12, -13], a password without a user name before 5.0.
    case invalidConnectFlags
    /// A reason code that this packet must not carry.
    case invalidReasonCode
    /// A packet longer than the receiver's Maximum Packet Size.
    case packetTooLarge

    /// The reason code of MQTT 5.0 that answers it, section 4.13: malformed is what cannot be parsed, and
    /// what the specification calls so; a protocol error is what was parsed and is not allowed.
    public var reasonCode: ReasonCode {
        switch self {
        case .lengthMismatch, .invalidVariableByteInteger, .invalidString, .invalidPacketType, .reservedBits,
            .invalidPublishFlags, .invalidConnectFlags, .unknownProperty, .misplacedProperty:
            .malformedPacket
        case .zeroPacketIdentifier, .repeatedProperty, .invalidPropertyValue,
            .subscriptionIdentifierFromClient,
            .unknownTopicAlias, .authenticationDataWithoutMethod, .emptyFilterList,
            .invalidSubscriptionOptions,
            .noLocalOnSharedSubscription, .invalidReasonCode:
            .protocolError
        case .invalidTopicAlias: .topicAliasInvalid
        case .invalidTopicName: .topicNameInvalid
        case .invalidTopicFilter: .topicFilterInvalid
        case .unsupportedProtocolVersion: .unsupportedProtocolVersion
        case .packetTooLarge: .packetTooLarge
        }
    }
}

extension WireError: CustomStringConvertible {
    /// A sentence for a log line or a reason string.
    public var description: String {
        switch self {
        case .lengthMismatch: "a field and the packet's length do not agree"
        case .invalidVariableByteInteger: "a variable byte integer is not in its shortest form"
        case .invalidString: "a string is not well-formed UTF-8 or holds U+0000"
        case .invalidPacketType: "the packet type is not known in this version"
        case .reservedBits: "reserved bits are set"
        case .invalidPublishFlags: "PUBLISH has QoS 3, or DUP at QoS 0"
        case .zeroPacketIdentifier: "the packet identifier is 0"
        case .unknownProperty: "a property identifier is unknown"
        case .misplacedProperty: "a property does not belong in this packet"
        case .repeatedProperty: "a property appears more than once"
        case .invalidPropertyValue: "a property has a value that is not allowed"
        case .subscriptionIdentifierFromClient: "a client sent a subscription identifier in PUBLISH"
        case .unknownTopicAlias: "the topic name is empty and no topic alias stands for it"
        case .invalidTopicAlias: "a topic alias is 0 or above the maximum"
        case .authenticationDataWithoutMethod: "authentication data came without a method"
        case .invalidTopicName: "the topic name is empty, too long or has wildcards"
        case .invalidTopicFilter: "the topic filter is not valid"
        case .emptyFilterList: "the packet names no topic filter"
        case .invalidSubscriptionOptions: "the subscription options have a value that is not allowed"
        case .noLocalOnSharedSubscription: "No Local is set on a shared subscription"
        case .unsupportedProtocolVersion: "the protocol name or level is not supported"
        case .invalidConnectFlags: "the connect flags contradict each other"
        case .invalidReasonCode: "the reason code does not belong in this packet"
        case .packetTooLarge: "the packet is larger than the maximum packet size"
        }
    }
}
