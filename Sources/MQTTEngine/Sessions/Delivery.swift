import MQTTCodec

/// One message on its way to one session: queued, or sent and not yet acknowledged.
struct Delivery {
    /// Its place among the shard's messages.
    var message: Int
    /// The lower of the published and the granted QoS [MQTT-3.8.4-8].
    var qos: QoS
    /// RETAIN as this subscriber gets it.
    var retain: Bool
    /// The shared subscription that it came through; -1: none.
    var group: Int32 = -1
    /// Which of the groups that have had that place one after the other.
    var groupGeneration: UInt32 = 0
    var identifiers = SubscriptionIdentifiers()
    var row = DeliveryRow()
}
