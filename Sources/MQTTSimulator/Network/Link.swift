import MQTTCodec
import MQTTEngine
import NIOCore

/// One virtual network connection between a client and a shard.
final class Link {
    /// What bytes mean that a client put on the link.
    enum Meaning {
        case packet(ControlPacket)
        /// Bytes that a server must answer by closing the connection.
        case violation
    }

    /// Bytes of one packet on their way to the broker.
    struct Segment {
        var bytes: ByteBuffer
        let meaning: Meaning
    }

    /// Counts the links of a round.
    let serial: Int
    let host: ShardHost
    let connection: ConnectionID
    /// nil: nobody who keeps to the rules.
    weak var client: ClientModel?
    let reference: ReferenceConnection

    var outgoing: [Segment] = []
    /// Bytes from the broker that are no whole packet yet.
    var partial = ByteBuffer()
    /// Packets from the broker that the client has not looked at.
    var inbox: [(packet: ControlPacket, delivery: Delivery?)] = []
    /// The authenticator has been asked about it.
    var isAsked = false
    /// What came since CONNECT, while the answer is awaited.
    var deferred: [Meaning] = []
    var isOpen = true
    var isWritable = true
    /// The shard said that there is output.
    var hasOutput = false
    /// Whether output is fetched as soon as there is some.
    var isEager = true
    var isReadingPaused = false

    init(
        serial: Int, host: ShardHost, connection: ConnectionID, client: ClientModel?,
        reference: ReferenceConnection
    ) {
        self.serial = serial
        self.host = host
        self.connection = connection
        self.client = client
        self.reference = reference
    }

    /// Whether the broker may have said something that nobody has seen.
    var mayHideOutput: Bool { hasOutput || !isWritable }

    func send(_ packet: ControlPacket, version: ProtocolVersion) {
        var bytes = ByteBuffer()
        packet.encode(into: &bytes, version: version)
        outgoing.append(Segment(bytes: bytes, meaning: .packet(packet)))
    }

    func violate(_ bytes: [UInt8]) {
        outgoing.append(Segment(bytes: ByteBuffer(bytes: bytes), meaning: .violation))
    }

    var outgoingBytes: Int { outgoing.reduce(0) { $0 + $1.bytes.readableBytes } }
}
