import MQTTCodec

/// What the server offers in CONNACK, section 3.2.2.3.
public struct ServerOffer: Sendable, Equatable {
    /// The highest QoS that clients may publish with [MQTT-3.2.2-9].
    public var maximumQoS = QoS.exactlyOnce
    public var retainAvailable = true
    public var wildcardSubscriptionAvailable = true
    public var subscriptionIdentifierAvailable = true
    public var sharedSubscriptionAvailable = true
    /// QoS 1 and 2 publishes of one client that may be unacknowledged, 1 to 65,535; more: 0x93.
    public var receiveMaximum: UInt16 = 65_535
    /// The keep alive that every client must use, in seconds [MQTT-3.1.2-21]; nil: the client's.
    public var serverKeepAlive: UInt16?
    /// The highest topic alias accepted; 0: none.
    public var topicAliasMaximum: UInt16 = 64
    /// Response Information for clients that ask for it [MQTT-3.1.2-28]; nil: none.
    public var responseInformation: MQTTString?
    /// Whether a client may come without an identifier and get one [MQTT-3.1.3-6].
    public var assignsClientIdentifiers = true
    /// Sends all clients elsewhere: CONNECT is answered with it.
    public var redirection: Redirection?

    /// Server Reference, section 4.11.
    public struct Redirection: Sendable, Equatable {
        /// 0x9D Server moved, else 0x9C Use another server.
        public var isPermanent: Bool
        public var serverReference: MQTTString

        public init(isPermanent: Bool, serverReference: MQTTString) {
            self.isPermanent = isPermanent
            self.serverReference = serverReference
        }
    }

    public init() {}
}
