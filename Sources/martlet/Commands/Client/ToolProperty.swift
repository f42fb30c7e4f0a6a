import MQTTCodec

/// `-D COMMAND IDENTIFIER VALUE`: a property of MQTT 5.0.
enum ToolProperty {
    enum Command: String {
        case connect, connack, publish, puback, pubrec, pubrel, pubcomp, subscribe, suback, unsubscribe,
            unsuback,
            disconnect, auth, will

        var place: PropertyIdentifier.Place {
            switch self {
            case .connect: .packet(.connect)
            case .connack: .packet(.connack)
            case .publish: .packet(.publish)
            case .puback: .packet(.puback)
            case .pubrec: .packet(.pubrec)
            case .pubrel: .packet(.pubrel)
            case .pubcomp: .packet(.pubcomp)
            case .subscribe: .packet(.subscribe)
            case .suback: .packet(.suback)
            case .unsubscribe: .packet(.unsubscribe)
            case .unsuback: .packet(.unsuback)
            case .disconnect: .packet(.disconnect)
            case .auth: .packet(.auth)
            case .will: .will
            }
        }
    }

    static func read(
        _ rest: inout ArraySlice<String>, into properties: inout [Command: Properties]
    ) throws(ToolError) {
        guard rest.count >= 2 else { throw tooFew }
        let commandName = rest.removeFirst()
        let name = rest.removeFirst()
        guard let command = Command(rawValue: commandName) else {
            throw ToolError("Invalid command given in --property argument.")
        }
        guard let identifier = identifiers[name] else {
            throw ToolError("Invalid property name given in --property argument.")
        }
        guard let value = rest.popFirst() else { throw tooFew }
        var second: String?
        if identifier == .userProperty {
            guard let text = rest.popFirst() else { throw tooFew }
            second = text
        }
        // Only servers put it there.
        guard command != .publish || identifier != .subscriptionIdentifier else {
            throw ToolError("\(name) property not supported for \(commandName) in --property argument.")
        }
        guard identifier.isAllowed(in: command.place) else {
            throw ToolError("\(name) property not allowed for \(commandName) in --property argument.")
        }
        properties[command, default: []].list.append(try property(identifier, name, value, second ?? ""))
    }

    private static let tooFew = ToolError("--property argument given but not enough arguments specified.")

    private static let identifiers: [String: PropertyIdentifier] = [
        "payload-format-indicator": .payloadFormatIndicator,
        "message-expiry-interval": .messageExpiryInterval, "content-type": .contentType,
        "response-topic": .responseTopic, "correlation-data": .correlationData,
        "subscription-identifier": .subscriptionIdentifier,
        "session-expiry-interval": .sessionExpiryInterval,
        "assigned-client-identifier": .assignedClientIdentifier, "server-keep-alive": .serverKeepAlive,
        "authentication-method": .authenticationMethod, "authentication-data": .authenticationData,
        "request-problem-information": .requestProblemInformation,
        "will-delay-interval": .willDelayInterval,
        "request-response-information": .requestResponseInformation,
        "response-information": .responseInformation, "server-reference": .serverReference,
        "reason-string": .reasonString, "receive-maximum": .receiveMaximum,
        "topic-alias-maximum": .topicAliasMaximum, "topic-alias": .topicAlias, "maximum-qos": .maximumQoS,
        "retain-available": .retainAvailable, "user-property": .userProperty,
        "maximum-packet-size": .maximumPacketSize,
        "wildcard-subscription-available": .wildcardSubscriptionAvailable,
        "subscription-identifier-available": .subscriptionIdentifierAvailable,
        "shared-subscription-available": .sharedSubscriptionAvailable,
    ]

    private static func property(
        _ identifier: PropertyIdentifier, _ name: String, _ value: String, _ second: String
    ) throws(ToolError) -> Property {
        func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(ToolError) -> Number {
            let number = ToolOptions.integer(value) ?? 0
            guard let fitting = Number(exactly: number) else {
                throw ToolError("Property value (\(number)) out of range for property \(name).")
            }
            return fitting
        }
        let text = MQTTString(value)
        return switch identifier {
        case .payloadFormatIndicator: .payloadFormatIndicator(try number(UInt8.self))
        case .messageExpiryInterval: .messageExpiryInterval(try number(UInt32.self))
        case .contentType: .contentType(text)
        case .responseTopic: .responseTopic(text)
        case .correlationData: .correlationData(text.bytes)
        case .subscriptionIdentifier:
            .subscriptionIdentifier(min(268_435_455, Int(try number(UInt32.self))))
        case .sessionExpiryInterval: .sessionExpiryInterval(try number(UInt32.self))
        case .assignedClientIdentifier: .assignedClientIdentifier(text)
        case .serverKeepAlive: .serverKeepAlive(try number(UInt16.self))
        case .authenticationMethod: .authenticationMethod(text)
        case .authenticationData: .authenticationData(text.bytes)
        case .requestProblemInformation: .requestProblemInformation(try number(UInt8.self))
        case .willDelayInterval: .willDelayInterval(try number(UInt32.self))
        case .requestResponseInformation: .requestResponseInformation(try number(UInt8.self))
        case .responseInformation: .responseInformation(text)
        case .serverReference: .serverReference(text)
        case .reasonString: .reasonString(text)
        case .receiveMaximum: .receiveMaximum(try number(UInt16.self))
        case .topicAliasMaximum: .topicAliasMaximum(try number(UInt16.self))
        case .topicAlias: .topicAlias(try number(UInt16.self))
        case .maximumQoS: .maximumQoS(try number(UInt8.self))
        case .retainAvailable: .retainAvailable(try number(UInt8.self))
        case .userProperty: .userProperty(text, MQTTString(second))
        case .maximumPacketSize: .maximumPacketSize(try number(UInt32.self))
        case .wildcardSubscriptionAvailable: .wildcardSubscriptionAvailable(try number(UInt8.self))
        case .subscriptionIdentifierAvailable: .subscriptionIdentifierAvailable(try number(UInt8.self))
        case .sharedSubscriptionAvailable: .sharedSubscriptionAvailable(try number(UInt8.self))
        }
    }
}
