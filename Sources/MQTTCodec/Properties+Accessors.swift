extension Properties {
    /// Puts a property in the place of the one with its identifier, or removes that.
    private mutating func replace(_ identifier: PropertyIdentifier, by property: Property?) {
        if let index = list.firstIndex(where: { $0.identifier == identifier }) {
            if let property { list[index] = property } else { list.remove(at: index) }
        } else if let property {
            list.append(property)
        }
    }

    /// 0: the payload is bytes; 1: it is UTF-8.
    public var payloadFormatIndicator: UInt8? {
        get {
            for case .payloadFormatIndicator(let value) in list { return value }
            return nil
        }
        set { replace(.payloadFormatIndicator, by: newValue.map { .payloadFormatIndicator($0) }) }
    }

    /// Seconds after which the message is of no use.
    public var messageExpiryInterval: UInt32? {
        get {
            for case .messageExpiryInterval(let value) in list { return value }
            return nil
        }
        set { replace(.messageExpiryInterval, by: newValue.map { .messageExpiryInterval($0) }) }
    }

    /// What the payload is, as its application names it.
    public var contentType: MQTTString? {
        get {
            for case .contentType(let value) in list { return value }
            return nil
        }
        set { replace(.contentType, by: newValue.map { .contentType($0) }) }
    }

    /// The topic on which an answer is awaited.
    public var responseTopic: MQTTString? {
        get {
            for case .responseTopic(let value) in list { return value }
            return nil
        }
        set { replace(.responseTopic, by: newValue.map { .responseTopic($0) }) }
    }

    /// What an answer has to carry so that it is recognised.
    public var correlationData: [UInt8]? {
        get {
            for case .correlationData(let value) in list { return value }
            return nil
        }
        set { replace(.correlationData, by: newValue.map { .correlationData($0) }) }
    }

    /// Seconds a session outlives its connection; 0xFFFFFFFF: for ever.
    public var sessionExpiryInterval: UInt32? {
        get {
            for case .sessionExpiryInterval(let value) in list { return value }
            return nil
        }
        set { replace(.sessionExpiryInterval, by: newValue.map { .sessionExpiryInterval($0) }) }
    }

    /// The client identifier that the server chose.
    public var assignedClientIdentifier: MQTTString? {
        get {
            for case .assignedClientIdentifier(let value) in list { return value }
            return nil
        }
        set { replace(.assignedClientIdentifier, by: newValue.map { .assignedClientIdentifier($0) }) }
    }

    /// The keep alive that the client must use, in seconds.
    public var serverKeepAlive: UInt16? {
        get {
            for case .serverKeepAlive(let value) in list { return value }
            return nil
        }
        set { replace(.serverKeepAlive, by: newValue.map { .serverKeepAlive($0) }) }
    }

    /// The name of an enhanced authentication.
    public var authenticationMethod: MQTTString? {
        get {
            for case .authenticationMethod(let value) in list { return value }
            return nil
        }
        set { replace(.authenticationMethod, by: newValue.map { .authenticationMethod($0) }) }
    }

    /// What the authentication method exchanges.
    public var authenticationData: [UInt8]? {
        get {
            for case .authenticationData(let value) in list { return value }
            return nil
        }
        set { replace(.authenticationData, by: newValue.map { .authenticationData($0) }) }
    }

    /// 0: reason strings and user properties are not wanted.
    public var requestProblemInformation: UInt8? {
        get {
            for case .requestProblemInformation(let value) in list { return value }
            return nil
        }
        set { replace(.requestProblemInformation, by: newValue.map { .requestProblemInformation($0) }) }
    }

    /// Seconds between the end of a connection and its will.
    public var willDelayInterval: UInt32? {
        get {
            for case .willDelayInterval(let value) in list { return value }
            return nil
        }
        set { replace(.willDelayInterval, by: newValue.map { .willDelayInterval($0) }) }
    }

    /// 1: the client asks for Response Information.
    public var requestResponseInformation: UInt8? {
        get {
            for case .requestResponseInformation(let value) in list { return value }
            return nil
        }
        set { replace(.requestResponseInformation, by: newValue.map { .requestResponseInformation($0) }) }
    }

    /// The basis for response topics.
    public var responseInformation: MQTTString? {
        get {
            for case .responseInformation(let value) in list { return value }
            return nil
        }
        set { replace(.responseInformation, by: newValue.map { .responseInformation($0) }) }
    }

    /// Another server to use.
    public var serverReference: MQTTString? {
        get {
            for case .serverReference(let value) in list { return value }
            return nil
        }
        set { replace(.serverReference, by: newValue.map { .serverReference($0) }) }
    }

    /// The reason, for a person to read.
    public var reasonString: MQTTString? {
        get {
            for case .reasonString(let value) in list { return value }
            return nil
        }
        set { replace(.reasonString, by: newValue.map { .reasonString($0) }) }
    }

    /// How many QoS 1 and 2 messages may be in flight towards the sender, 1 to 65,535.
    public var receiveMaximum: UInt16? {
        get {
            for case .receiveMaximum(let value) in list { return value }
            return nil
        }
        set { replace(.receiveMaximum, by: newValue.map { .receiveMaximum($0) }) }
    }

    /// The highest topic alias that the sender accepts; 0: none.
    public var topicAliasMaximum: UInt16? {
        get {
            for case .topicAliasMaximum(let value) in list { return value }
            return nil
        }
        set { replace(.topicAliasMaximum, by: newValue.map { .topicAliasMaximum($0) }) }
    }

    /// A number that stands for the topic, 1 to 65,535.
    public var topicAlias: UInt16? {
        get {
            for case .topicAlias(let value) in list { return value }
            return nil
        }
        set { replace(.topicAlias, by: newValue.map { .topicAlias($0) }) }
    }

    /// The highest QoS of the server, 0 or 1.
    public var maximumQoS: UInt8? {
        get {
            for case .maximumQoS(let value) in list { return value }
            return nil
        }
        set { replace(.maximumQoS, by: newValue.map { .maximumQoS($0) }) }
    }

    /// 0: the server keeps no retained messages.
    public var retainAvailable: UInt8? {
        get {
            for case .retainAvailable(let value) in list { return value }
            return nil
        }
        set { replace(.retainAvailable, by: newValue.map { .retainAvailable($0) }) }
    }

    /// The longest packet that the sender accepts, in bytes.
    public var maximumPacketSize: UInt32? {
        get {
            for case .maximumPacketSize(let value) in list { return value }
            return nil
        }
        set { replace(.maximumPacketSize, by: newValue.map { .maximumPacketSize($0) }) }
    }

    /// 0: no wildcard subscriptions.
    public var wildcardSubscriptionAvailable: UInt8? {
        get {
            for case .wildcardSubscriptionAvailable(let value) in list { return value }
            return nil
        }
        set {
            replace(.wildcardSubscriptionAvailable, by: newValue.map { .wildcardSubscriptionAvailable($0) })
        }
    }

    /// 0: no subscription identifiers.
    public var subscriptionIdentifierAvailable: UInt8? {
        get {
            for case .subscriptionIdentifierAvailable(let value) in list { return value }
            return nil
        }
        set {
            replace(
                .subscriptionIdentifierAvailable, by: newValue.map { .subscriptionIdentifierAvailable($0) })
        }
    }

    /// 0: no shared subscriptions.
    public var sharedSubscriptionAvailable: UInt8? {
        get {
            for case .sharedSubscriptionAvailable(let value) in list { return value }
            return nil
        }
        set { replace(.sharedSubscriptionAvailable, by: newValue.map { .sharedSubscriptionAvailable($0) }) }
    }

    /// The identifiers of the subscriptions that a PUBLISH matched, or the one of a SUBSCRIBE.
    public var subscriptionIdentifiers: [Int] {
        list.compactMap { if case .subscriptionIdentifier(let value) = $0 { value } else { nil } }
    }

    /// The user properties, in order.
    public var userProperties: [(name: MQTTString, value: MQTTString)] {
        list.compactMap { if case .userProperty(let name, let value) = $0 { (name, value) } else { nil } }
    }
}
