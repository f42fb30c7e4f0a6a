import MQTTCodec

/// What Mosquitto has stored, whichever way it stored it.
struct MosquittoState {
    struct Client {
        var identifier: MQTTString
        var user: MQTTString?
        /// In seconds; 0xFFFFFFFF: no end.
        var expiryInterval: UInt32
        /// In seconds since 1970; 0: not known.
        var expiresAt: Int64
        var will: Will?
        /// In seconds since 1970; 0: not known.
        var willDueAt: Int64 = 0
    }

    struct Message {
        var topic: MQTTString
        var payload: [UInt8]
        var properties = Properties()
        var qos: UInt8
        var retain: Bool
        /// In seconds since 1970; 0: none.
        var expiresAt: Int64
    }

    struct Subscription {
        var client: MQTTString
        var filter: MQTTString
        /// As in SUBSCRIBE, without Retain Handling, which Mosquitto does not keep.
        var options: UInt8
        var identifier: UInt32
    }

    /// A message on its way to or from a client.
    struct ClientMessage {
        var client: MQTTString
        var message: UInt64
        var packet: UInt16
        var qos: UInt8
        /// One of `mosquitto_msg_state`.
        var state: UInt8
        var retain: Bool
        var isIncoming: Bool
        var subscriptionIdentifiers: [UInt32]
    }

    var clients: [Client] = []
    var messages: [UInt64: Message] = [:]
    var subscriptions: [Subscription] = []
    /// In the order of each client's queue.
    var clientMessages: [ClientMessage] = []
    var retained: [UInt64] = []
}
