import MQTTCodec
import NIOCore

/// What a ``ClientSession`` has to know of its client's configuration.
struct SessionSettings: Sendable {
    /// CONNECT as it is sent for the first time.
    var connect: Connect
    /// From sending CONNECT to CONNACK.
    var connectTimeout = TimeAmount.seconds(10)
    /// From sending PINGREQ to any packet.
    var pingTimeout = TimeAmount.seconds(20)
    /// The largest packet accepted, in bytes.
    var maximumPacketSize = 268_435_460
    /// Messages of QoS 1 and 2 on their way at a time, whatever more the server allows.
    var maximumInFlight = 1_000
    /// Topic aliases used for what is sent, whatever more the server allows; 0: none.
    var outgoingTopicAliases = 16
    /// Messages that wait to be sent.
    var outboxCapacity = 10_000
    var packetObserver: (@Sendable (PacketDirection, ControlPacket) -> Void)?
}
