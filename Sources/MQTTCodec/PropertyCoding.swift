import NIOCore

extension Property {
    /// Reads one property and checks its value.
    init(decoding bytes: Span<UInt8>, _ cursor: inout WireCursor) throws(WireError) {
        let number = try cursor.variableByteInteger(bytes)
        guard let code = UInt8(exactly: number), let identifier = PropertyIdentifier(rawValue: code) else {
            throw .unknownProperty
        }
        switch identifier {
        case .payloadFormatIndicator: self = .payloadFormatIndicator(try cursor.flag(bytes))
        case .messageExpiryInterval: self = .messageExpiryInterval(try cursor.uint32(bytes))
        case .contentType: self = .contentType(try cursor.string(bytes))
        case .responseTopic:
            let topic = try cursor.string(bytes)
            guard topic.bytes.span.isTopicName else { throw .invalidTopicName }
            self = .responseTopic(topic)
        case .correlationData: self = .correlationData(try cursor.binary(bytes))
        case .subscriptionIdentifier:
            self = .subscriptionIdentifier(try cursor.nonZero(try cursor.variableByteInteger(bytes)))
        case .sessionExpiryInterval: self = .sessionExpiryInterval(try cursor.uint32(bytes))
        case .assignedClientIdentifier: self = .assignedClientIdentifier(try cursor.string(bytes))
        case .serverKeepAlive: self = .serverKeepAlive(try cursor.uint16(bytes))
        case .authenticationMethod: self = .authenticationMethod(try cursor.string(bytes))
        case .authenticationData: self = .authenticationData(try cursor.binary(bytes))
        case .requestProblemInformation: self = .requestProblemInformation(try cursor.flag(bytes))
        case .willDelayInterval: self = .willDelayInterval(try cursor.uint32(bytes))
        case .requestResponseInformation: self = .requestResponseInformation(try cursor.flag(bytes))
        case .responseInformation: self = .responseInformation(try cursor.string(bytes))
        case .serverReference: self = .serverReference(try cursor.string(bytes))
        case .reasonString: self = .reasonString(try cursor.string(bytes))
        case .receiveMaximum: self = .receiveMaximum(try cursor.nonZero(try cursor.uint16(bytes)))
        case .topicAliasMaximum: self = .topicAliasMaximum(try cursor.uint16(bytes))
        case .topicAlias:
            let alias = try cursor.uint16(bytes)
            guard alias != 0 else { throw .invalidTopicAlias }
            self = .topicAlias(alias)
        case .maximumQoS: self = .maximumQoS(try cursor.flag(bytes))
        case .retainAvailable: self = .retainAvailable(try cursor.flag(bytes))
        case .userProperty:
            let name = try cursor.string(bytes)
            self = .userProperty(name, try cursor.string(bytes))
        case .maximumPacketSize: self = .maximumPacketSize(try cursor.nonZero(try cursor.uint32(bytes)))
        case .wildcardSubscriptionAvailable: self = .wildcardSubscriptionAvailable(try cursor.flag(bytes))
        case .subscriptionIdentifierAvailable: self = .subscriptionIdentifierAvailable(try cursor.flag(bytes))
        case .sharedSubscriptionAvailable: self = .sharedSubscriptionAvailable(try cursor.flag(bytes))
        }
    }

    /// Writes identifier and value.
    func encode(into buffer: inout ByteBuffer) {
        buffer.writeInteger(identifier.rawValue)
        switch self {
        case .payloadFormatIndicator(let value), .requestProblemInformation(let value),
            .requestResponseInformation(let value), .maximumQoS(let value), .retainAvailable(let value),
            .wildcardSubscriptionAvailable(let value), .subscriptionIdentifierAvailable(let value),
            .sharedSubscriptionAvailable(let value):
            buffer.writeInteger(value)
        case .messageExpiryInterval(let value), .sessionExpiryInterval(let value),
            .willDelayInterval(let value),
            .maximumPacketSize(let value):
            buffer.writeInteger(value)
        case .serverKeepAlive(let value), .receiveMaximum(let value), .topicAliasMaximum(let value),
            .topicAlias(let value):
            buffer.writeInteger(value)
        case .contentType(let value), .responseTopic(let value), .assignedClientIdentifier(let value),
            .authenticationMethod(let value), .responseInformation(let value), .serverReference(let value),
            .reasonString(let value):
            buffer.writeMQTTString(value)
        case .correlationData(let value), .authenticationData(let value):
            buffer.writeLengthPrefixed(value)
        case .subscriptionIdentifier(let value):
            buffer.writeVariableByteInteger(value)
        case .userProperty(let name, let value):
            buffer.writeMQTTString(name)
            buffer.writeMQTTString(value)
        }
    }
}

extension WireCursor {
    /// A byte that may only be 0 or 1.
    fileprivate mutating func flag(_ bytes: Span<UInt8>) throws(WireError) -> UInt8 {
        let value = try byte(bytes)
        guard value <= 1 else { throw .invalidPropertyValue }
        return value
    }

    fileprivate func nonZero<Value: BinaryInteger>(_ value: Value) throws(WireError) -> Value {
        guard value != 0 else { throw .invalidPropertyValue }
        return value
    }
}
