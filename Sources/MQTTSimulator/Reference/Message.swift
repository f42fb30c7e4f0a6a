import MQTTCodec
import MQTTEngine

/// An application message as its publisher meant it.
struct Message {
    let topic: MQTTString
    let payload: [UInt8]
    /// As published.
    let qos: QoS
    let retain: Bool
    /// Those that are forwarded unaltered.
    let properties: [Property]
    let publisher: MQTTString
    /// When it expires, and what was said about it.
    let deadline: Instant?
    /// Where it stands in the order in which the broker accepted messages.
    let serial: Int

    init(
        topic: MQTTString, payload: [UInt8], qos: QoS, retain: Bool, properties: Properties,
        publisher: MQTTString,
        serial: Int, longestLife: UInt32, at now: Instant
    ) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.properties = properties.list.filter { property in
            switch property.identifier {
            case .topicAlias, .messageExpiryInterval, .willDelayInterval: false
            default: true
            }
        }
        self.publisher = publisher
        self.serial = serial
        var life = properties.messageExpiryInterval
        if longestLife > 0 { life = min(life ?? longestLife, longestLife) }
        deadline = life.map { now.advanced(seconds: Int64($0)) }
    }

    /// Whether it must not be sent any more, whatever the grain of the broker's clock.
    func isSurelyExpired(_ now: Instant) -> Bool { deadline.map { now >= $0.advanced(seconds: 1) } ?? false }

    /// Whether the broker may hold it to be expired.
    func mayBeExpired(_ now: Instant) -> Bool { deadline.map { now >= $0.advanced(seconds: -1) } ?? false }
}

extension Message: CustomStringConvertible {
    var description: String {
        "\(topic) '\(String(decoding: payload.prefix(16), as: UTF8.self))' q\(qos.rawValue)\(retain ? "r" : "")"
    }
}
