import MQTTCodec

/// A shared subscription, MQTT 5.0 section 4.8.2: a filter and a name, whose members take turns.
struct ShareGroup {
    let name: MQTTString
    let node: Int
    /// Its number in the store; 0: it is not stored.
    var id: Int64 = 0
    /// The next places behind and before its stored deliveries.
    var nextOrder: Int64 = 1
    var previousOrder: Int64 = -1
    /// The subscriptions of the members, in order of joining.
    var members: [UInt32] = []
    /// Whose turn it is next.
    var turn = 0
    /// Messages that no member could take yet.
    var pending = DeliveryQueue()
}
