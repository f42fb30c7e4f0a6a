import MQTTCodec

/// An Application Message where it stands: in the buffer it arrived in, or in a ``Message``.
struct MessageView: ~Escapable {
    let topic: Span<UInt8>
    /// The properties that every subscriber gets unaltered, in wire form and without their length
    /// ([MQTT-3.3.2-4, -15, -16, -17, -20]).
    let properties: Span<UInt8>
    let payload: Span<UInt8>
    let qos: QoS
    let retain: Bool
    let expiresAt: Instant?

    @_lifetime(copy topic, copy properties, copy payload)
    init(
        topic: Span<UInt8>, properties: Span<UInt8>, payload: Span<UInt8>, qos: QoS, retain: Bool,
        expiresAt: Instant?
    ) {
        self.topic = topic
        self.properties = properties
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.expiresAt = expiresAt
    }
}
