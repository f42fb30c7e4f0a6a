import MQTTCodec

/// What a server can do, as its CONNACK says, MQTT 5.0 section 3.2.2.3.
public struct ServerLimits: Hashable, Sendable {
    /// Messages of QoS 1 and 2 that it takes at a time.
    public var receiveMaximum = 65_535
    public var maximumQoS = QoS.exactlyOnce
    public var retainAvailable = true
    /// In bytes, with the fixed header.
    public var maximumPacketSize = 268_435_460
    public var topicAliasMaximum = 0
    public var wildcardSubscriptionAvailable = true
    public var subscriptionIdentifierAvailable = true
    public var sharedSubscriptionAvailable = true

    public init() {}

    init(_ properties: Properties) {
        receiveMaximum = Int(properties.receiveMaximum ?? 65_535)
        maximumQoS = properties.maximumQoS.flatMap(QoS.init(rawValue:)) ?? .exactlyOnce
        retainAvailable = properties.retainAvailable != 0
        maximumPacketSize = Int(properties.maximumPacketSize ?? 268_435_460)
        topicAliasMaximum = Int(properties.topicAliasMaximum ?? 0)
        wildcardSubscriptionAvailable = properties.wildcardSubscriptionAvailable != 0
        subscriptionIdentifierAvailable = properties.subscriptionIdentifierAvailable != 0
        sharedSubscriptionAvailable = properties.sharedSubscriptionAvailable != 0
    }
}
