import MQTTCodec
import NIOCore

/// A message that waits to be sent.
struct OutgoingMessage: Sendable {
    var packet: Publish
    /// The number of the publish, which its end is reported with.
    let token: UInt64
    /// When it was handed over, for its Message Expiry Interval.
    let since: NIODeadline

    /// The packet with the rest of its Message Expiry Interval, as [MQTT-3.3.2-6] has it for servers; nil:
    /// it has expired.
    func packet(at now: NIODeadline) -> Publish? {
        guard let interval = packet.properties.messageExpiryInterval else { return packet }
        let waited = (now - since).nanoseconds / 1_000_000_000
        guard waited < Int64(interval) else { return nil }
        var copy = packet
        copy.properties.messageExpiryInterval = interval - UInt32(max(0, waited))
        return copy
    }
}

/// A message of QoS 1 or 2 that was sent and has not come to its end, MQTT 5.0 section 4.3.
struct MessageInFlight: Sendable {
    var message: OutgoingMessage
    /// The place in the order of first sending, which resending keeps [MQTT-4.6.0-1].
    var order: UInt64
    /// PUBREC has come: PUBREL is what is resent.
    var isReceived = false
    /// It has not been sent on the present connection yet.
    var waitsAgain = false
}
