import NIOCore

/// An application message, as the embedding program publishes and receives it.
public struct Message: Sendable, Hashable {
    public var topicName: MQTTString
    public var payload: ByteBuffer
    /// The QoS of this delivery.
    public var qos: QoS
    /// In a received message: it was retained when the subscription was made, or arrived with RETAIN and the
    /// subscription has Retain As Published.
    public var retain: Bool
    public var properties: Properties

    public init(
        topicName: MQTTString, payload: ByteBuffer = ByteBuffer(), qos: QoS = .atMostOnce,
        retain: Bool = false,
        properties: Properties = []
    ) {
        self.topicName = topicName
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = properties
    }

    init(_ publish: Publish) {
        self.init(
            topicName: publish.topicName, payload: publish.payload, qos: publish.qos, retain: publish.retain,
            properties: publish.properties)
    }
}
