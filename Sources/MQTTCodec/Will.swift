/// The will message of CONNECT, MQTT 5.0 section 3.1.3.2 to 3.1.3.4.
public struct Will: Hashable, Sendable {
    public var topic: MQTTString
    public var payload: [UInt8]
    public var qos: QoS
    public var retain: Bool
    /// Will properties; empty before 5.0.
    public var properties: Properties

    public init(
        topic: MQTTString, payload: [UInt8] = [], qos: QoS = .atMostOnce, retain: Bool = false,
        properties: Properties = []
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = properties
    }
}
