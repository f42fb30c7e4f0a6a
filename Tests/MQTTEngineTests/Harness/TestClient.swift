import MQTTCodec
import MQTTEngine
import NIOCore
import Testing

/// One network connection to the shard of an ``EngineHarness``, and what arrived on it.
///
/// Methods that wait for an answer take it out of ``received`` and return it; everything else stays there
/// until it is taken. Rules that bind the server at all times are checked on every packet, in every test.
final class TestClient {
    let harness: EngineHarness
    let identifier: MQTTString
    let version: ProtocolVersion
    /// nil: the shard had no room for it.
    let connection: ConnectionID?
    /// What arrived and was not taken as an answer yet.
    var received: [ControlPacket] = []
    /// The shard closed the connection.
    private(set) var isClosed = false
    /// The client answers PUBLISH and PUBREL by itself.
    var acknowledges = false
    var isReadingPaused = false
    /// Packet identifiers the client chooses by itself count up from 1.
    var nextPacketIdentifier: UInt16 = 1
    private var incoming = ByteBuffer()
    private var unread = ByteBuffer()
    private var rules = ServerRules()

    init(
        _ harness: EngineHarness, _ identifier: MQTTString, _ version: ProtocolVersion,
        _ connection: ConnectionID?
    ) {
        self.harness = harness
        self.identifier = identifier
        self.version = version
        self.connection = connection
    }

    var isOpen: Bool { connection != nil && !isClosed }

    // MARK: Sending

    func send(_ packets: ControlPacket...) {
        var bytes = ByteBuffer()
        for packet in packets {
            packet.encode(into: &bytes, version: version)
            rules.sent(packet)
        }
        send(buffer: bytes)
    }

    /// Sends any bytes, packet or not.
    func send(bytes: [UInt8]) { send(buffer: ByteBuffer(bytes: bytes)) }

    /// Sends a packet in pieces of so many bytes.
    func send(_ packet: ControlPacket, inPiecesOf size: Int) {
        var bytes = ByteBuffer()
        packet.encode(into: &bytes, version: version)
        rules.sent(packet)
        while bytes.readableBytes > 0 {
            guard let piece = bytes.readSlice(length: min(size, bytes.readableBytes)) else { return }
            send(buffer: piece)
        }
    }

    func send(buffer: ByteBuffer) {
        guard let connection, !isClosed else { return }
        guard !isReadingPaused else {
            unread.writeImmutableBuffer(buffer)
            return
        }
        harness.received(buffer, on: connection)
    }

    /// The network fails, or the client hangs up without a word.
    func loseConnection() {
        guard let connection, !isClosed else { return }
        isClosed = true
        harness.connectionLost(connection)
    }

    /// The connection ends because there is no broker any more.
    func brokerDied() { isClosed = true }

    /// The client stops or begins to take bytes from the network.
    var isWritable = true {
        didSet {
            guard let connection, !isClosed, isWritable != oldValue else { return }
            harness.writabilityChanged(isWritable, of: connection)
        }
    }

    // MARK: Receiving

    /// Bytes from the shard.
    func arrived(_ output: Output) {
        if output.count > 0 && isClosed { Issue.record("bytes for \(identifier) after its connection's end") }
        incoming.writeImmutableBuffer(output.first)
        for buffer in output.rest { incoming.writeImmutableBuffer(buffer) }
        while incoming.readableBytes > 0 {
            let before = incoming.readableBytes
            do {
                guard let packet = try ControlPacket.read(from: &incoming, version: version) else { return }
                rules.received(packet, size: before - incoming.readableBytes, identifier)
                received.append(packet)
                if acknowledges { answer(packet) }
            } catch {
                Issue.record("the server sent \(identifier) what is no packet: \(error)")
                incoming.clear()
            }
        }
    }

    /// The shard closes the connection, with these last bytes.
    func closed(_ final: Output) {
        arrived(final)
        if incoming.readableBytes > 0 {
            Issue.record("half a packet at the end of \(identifier)'s connection")
        }
        isClosed = true
    }

    private func answer(_ packet: ControlPacket) {
        let answer: Acknowledgement
        switch packet {
        case .publish(let publish) where publish.qos == .atLeastOnce:
            answer = Acknowledgement(.puback, packetIdentifier: publish.packetIdentifier)
        case .publish(let publish) where publish.qos == .exactlyOnce:
            answer = Acknowledgement(.pubrec, packetIdentifier: publish.packetIdentifier)
        case .acknowledgement(let pubrel) where pubrel.type == .pubrel:
            answer = Acknowledgement(.pubcomp, packetIdentifier: pubrel.packetIdentifier)
        default: return
        }
        let packet = ControlPacket.acknowledgement(answer)
        rules.sent(packet)
        packet.encode(into: &unread, version: version)
    }

    /// What waits to be read by the shard.
    func takeUnread() -> ByteBuffer? {
        guard unread.readableBytes > 0, !isReadingPaused, !isClosed else { return nil }
        defer { unread = ByteBuffer() }
        return unread
    }

    /// Takes the first packet that `select` recognises.
    func take<Packet>(_ select: (ControlPacket) -> Packet?) -> Packet? {
        for (index, packet) in received.enumerated() {
            if let selected = select(packet) {
                received.remove(at: index)
                return selected
            }
        }
        return nil
    }

    /// Takes everything that arrived.
    @discardableResult
    func takeAll() -> [ControlPacket] {
        defer { received = [] }
        return received
    }
}
