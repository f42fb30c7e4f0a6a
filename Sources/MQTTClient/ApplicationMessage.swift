import MQTTCodec
import NIOCore

extension MQTTClient {
    /// A message to publish, for ``submit(_:)``.
    public struct ApplicationMessage: Hashable, Sendable {
        public var topicName: MQTTString
        public var payload: ByteBuffer
        public var qos: QoS
        public var retain: Bool
        /// MQTT 5.0: expiry, content type, User Properties and so on.
        public var properties: Properties

        public init(
            topicName: MQTTString, payload: ByteBuffer, qos: QoS = .atMostOnce, retain: Bool = false,
            properties: Properties = []
        ) {
            self.topicName = topicName
            self.payload = payload
            self.qos = qos
            self.retain = retain
            self.properties = properties
        }

        /// A message of text.
        public init(
            _ topic: String, _ text: String, qos: QoS = .atMostOnce, retain: Bool = false,
            properties: Properties = []
        ) {
            self.init(
                topicName: MQTTString(topic), payload: ByteBuffer(string: text), qos: qos, retain: retain,
                properties: properties)
        }

        var packet: Publish {
            Publish(
                topicName: topicName, payload: payload, qos: qos, retain: retain, properties: properties)
        }
    }
}
