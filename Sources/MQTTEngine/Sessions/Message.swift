import MQTTCodec

/// An Application Message that the broker has taken over: kept once, however many sessions wait for it.
struct Message {
    /// Topic, properties as they are forwarded, payload.
    private let bytes: [UInt8]
    private let topicCount: Int
    private let propertiesCount: Int

    let qos: QoS
    /// RETAIN as the publisher set it.
    let retain: Bool
    /// The end of its Message Expiry Interval.
    let expiresAt: Instant?
    /// How many deliveries and retained places use it.
    var references = 0

    init(copying view: borrowing MessageView) {
        topicCount = view.topic.count
        propertiesCount = view.properties.count
        bytes = [UInt8](joining: view.topic, view.properties, view.payload)
        qos = view.qos
        retain = view.retain
        expiresAt = view.expiresAt
    }

    /// Bytes that it holds, for the bounds on memory.
    var count: Int { bytes.count }

    var payloadCount: Int { bytes.count - topicCount - propertiesCount }

    var view: MessageView {
        @_lifetime(borrow self)
        borrowing get {
            let span = bytes.span
            return MessageView(
                topic: span.extracting(0..<topicCount),
                properties: span.extracting(topicCount..<topicCount + propertiesCount),
                payload: span.extracting(topicCount + propertiesCount..<bytes.count),
                qos: qos, retain: retain, expiresAt: expiresAt)
        }
    }

    func isExpired(at now: Instant) -> Bool {
        guard let expiresAt else { return false }
        return expiresAt <= now
    }
}
