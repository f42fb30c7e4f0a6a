import MQTTCodec

/// One message on its way to one session: queued, or sent and not yet acknowledged.
///
/// There may be many: the order of its parts leaves no gaps between them.
struct Delivery {
    var identifiers: SubscriptionIdentifiers
    var row = DeliveryRow()
    /// The lower of the published and the granted QoS [MQTT-3.8.4-8].
    var qos: QoS
    /// RETAIN as this subscriber gets it.
    var retain: Bool
    /// The shared subscription that it came through; -1: none.
    var group: Int32
    /// Which of the groups that have had that place one after the other.
    var groupGeneration: UInt32
    /// Its place among the shard's messages.
    var message: Int

    init(
        message: Int, qos: QoS, retain: Bool, group: Int32 = -1, groupGeneration: UInt32 = 0,
        identifiers: SubscriptionIdentifiers = SubscriptionIdentifiers()
    ) {
        self.message = message
        self.qos = qos
        self.retain = retain
        self.group = group
        self.groupGeneration = groupGeneration
        self.identifiers = identifiers
    }
}
