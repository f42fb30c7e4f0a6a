import DequeModule
import MQTTClient
import MQTTCodec
import NIOCore
import Synchronization

/// One connection to the broker, on which a check sends whatever it wants, byte by byte if need be.
public final class WirePeer: Sendable {
    private let channel: any Channel
    private let inbox: NIOLoopBound<WireInbox>
    let version: ProtocolVersion
    private let time: TimeAmount
    /// What came while something else was waited for.
    private let early = Mutex<Deque<ControlPacket>>([])

    init(_ configuration: ClientConfiguration, _ version: ProtocolVersion, within time: Duration) async throws
    {
        let eventLoop = configuration.eventLoopGroup.next()
        let (channel, inbox) = try await configuration.openStream(on: eventLoop) { channel in
            let inbox = WireInbox(version)
            try channel.pipeline.syncOperations.addHandler(inbox)
            return NIOLoopBound(inbox, eventLoop: channel.eventLoop)
        }
        self.channel = channel
        self.inbox = inbox
        self.version = version
        self.time = TimeAmount(time)
    }

    func send(bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    func send(_ packets: ControlPacket...) {
        var buffer = ByteBuffer()
        for packet in packets { packet.encode(into: &buffer, version: version) }
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// Cuts the connection, without a word.
    func cut() async { try? await channel.close() }

    func arrival(within time: TimeAmount? = nil) async throws -> WireInbox.Arrival {
        if let packet = early.withLock({ $0.popFirst() }) { return .packet(packet) }
        let time = time ?? self.time
        return try await channel.eventLoop.flatSubmit { [inbox, channel] in
            inbox.value.next(within: time, on: channel.eventLoop)
        }.get()
    }

    /// The next packet.
    func packet(within time: TimeAmount? = nil) async throws -> ControlPacket {
        switch try await arrival(within: time) {
        case .packet(let packet): return packet
        case .end: throw CheckFailure("the connection ended")
        case .silence: throw CheckFailure("no answer came")
        case .malformed(let error): throw CheckFailure("what came is malformed: \(error)")
        }
    }

    /// The next packet of a kind; those before it come later.
    func packet(where isIt: (ControlPacket) -> Bool) async throws -> ControlPacket {
        var others: [ControlPacket] = []
        while true {
            let packet = try await packet()
            if isIt(packet) {
                early.withLock { $0 = Deque(others) + $0 }
                return packet
            }
            others.append(packet)
            guard case .publish = packet else { throw CheckFailure("\(packet.words) came") }
        }
    }

    /// Waits for the end of the connection. Before it there may be DISCONNECT with one of the codes.
    func expectEnd(_ codes: [ReasonCode] = []) async throws {
        while true {
            switch try await arrival() {
            case .end: return
            case .packet(.disconnect(let packet)):
                guard codes.isEmpty || codes.contains(packet.reasonCode) else {
                    throw CheckFailure("the reason was \(packet.reasonCode)")
                }
            case .packet(.connack(let packet)) where packet.reasonCode.isFailure:
                guard codes.isEmpty || codes.contains(packet.reasonCode) else {
                    throw CheckFailure("the reason was \(packet.reasonCode)")
                }
            case .packet(let packet): throw CheckFailure("it went on with \(packet.words)")
            case .silence: throw CheckFailure("the connection was not ended")
            case .malformed(let error): throw CheckFailure("what came is malformed: \(error)")
            }
        }
    }

    /// What came before the answer to a PINGREQ.
    func fence() async throws -> [ControlPacket] {
        send(.pingreq)
        var packets: [ControlPacket] = []
        while true {
            let packet = try await packet()
            if packet == .pingresp { return packets }
            packets.append(packet)
        }
    }
}

extension ControlPacket {
    /// What it is, for people.
    var words: String {
        switch self {
        case .connect: "CONNECT"
        case .connack(let packet): "CONNACK \(packet.reasonCode)"
        case .publish(let packet): "PUBLISH to \(packet.topicName) at QoS \(packet.qos.rawValue)"
        case .acknowledgement(let packet): "\(packet.type) \(packet.reasonCode)".uppercased()
        case .subscribe: "SUBSCRIBE"
        case .unsubscribe: "UNSUBSCRIBE"
        case .subscriptionAcknowledgement(let packet): "\(packet.type)".uppercased()
        case .pingreq: "PINGREQ"
        case .pingresp: "PINGRESP"
        case .disconnect(let packet): "DISCONNECT \(packet.reasonCode)"
        case .auth: "AUTH"
        }
    }
}
