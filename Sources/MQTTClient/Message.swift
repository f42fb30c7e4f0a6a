import MQTTCodec
import NIOCore

extension MQTTClient {
    /// A message that came.
    public struct Message: Sendable {
        public let topicName: MQTTString
        public let payload: ByteBuffer
        public let qos: QoS
        /// Whether it was there before the subscription, MQTT 5.0 section 3.3.1.3.
        public let retain: Bool
        /// The server had sent it before, MQTT 5.0 section 3.3.1.1.
        public let dup: Bool
        /// 0 at QoS 0.
        public let packetIdentifier: UInt16
        public let properties: Properties
        let client: MQTTClient
        let delivery: UInt64?
        /// The subscription that has it; 0: none yet.
        var inbox = 0

        init(_ packet: Publish, client: MQTTClient, delivery: UInt64?) {
            topicName = packet.topicName
            payload = packet.payload
            qos = packet.qos
            retain = packet.retain
            dup = packet.dup
            packetIdentifier = packet.packetIdentifier
            properties = packet.properties
            self.client = client
            self.delivery = delivery
        }

        public var topic: String { topicName.description }

        /// The payload as text; bytes that are no UTF-8 show as U+FFFD.
        public var text: String { String(buffer: payload) }

        /// Tells the server that the message has been dealt with: for subscriptions with
        /// ``Acknowledgements/manual``. Without it the server sends it again on the next connection, and no more
        /// than the Receive Maximum in the meantime. Does nothing at QoS 0, and nothing a second time.
        ///
        /// - Parameter code: a code of failure tells the server why it was not taken, MQTT 5.0; it does not send it
        ///   again for that.
        public func acknowledge(_ code: ReasonCode = .success) async {
            if let delivery { await client.acknowledge(delivery, of: inbox, code) }
        }
    }
}
