import MQTTCodec
import NIOCore
import Testing

@testable import MQTTClient

/// A session with a server that the test plays itself, and a clock that it sets.
final class ScriptedServer {
    var session: ClientSession
    var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    let version: ProtocolVersion

    init(
        _ version: ProtocolVersion = .v5, cleanStart: Bool = true, keepAlive: UInt16 = 0,
        properties: Properties = [.sessionExpiryInterval(300)],
        settings configure: (inout SessionSettings) -> Void = { _ in }
    ) {
        self.version = version
        var settings = SessionSettings(
            connect: Connect(
                version: version, cleanStart: cleanStart, keepAlive: keepAlive, clientIdentifier: "c",
                properties: version == .v5 ? properties : []))
        configure(&settings)
        session = ClientSession(settings)
    }

    /// What the session has written since the last time.
    func sent() throws -> [ControlPacket] {
        var packets: [ControlPacket] = []
        while let packet = try ControlPacket.read(from: &session.output, version: version) {
            packets.append(packet)
        }
        session.output.clear()
        return packets
    }

    func actions() -> [SessionAction] {
        defer { session.actions.removeAll() }
        return session.actions
    }

    /// Whether a message was handed on since the last time.
    func hasDelivered() -> Bool {
        let all = actions()
        return all.contains { $0.isDelivery }
    }

    /// A packet of the server.
    func send(_ packets: ControlPacket...) {
        var bytes = ByteBuffer()
        for packet in packets { packet.encode(into: &bytes, version: version) }
        session.received(&bytes, at: now)
    }

    func acknowledge(_ type: PacketType, _ identifier: UInt16, _ code: ReasonCode = .success) {
        send(.acknowledgement(Acknowledgement(type, packetIdentifier: identifier, reasonCode: code)))
    }

    /// Connects; what was sent after CONNECT is left in the output.
    @discardableResult
    func connect(sessionPresent: Bool = false, _ properties: Properties = []) throws -> Connect {
        session.connectionOpened(at: now)
        let first = try #require(try sent().first)
        guard case .connect(let connect) = first else { throw WireError.invalidPacketType }
        send(.connack(Connack(sessionPresent: sessionPresent, properties: version == .v5 ? properties : [])))
        return connect
    }

    func publish(
        _ topic: MQTTString, _ text: String = "", qos: QoS, token: UInt64, properties: Properties = []
    ) {
        session.publish(
            Publish(
                topicName: topic, payload: ByteBuffer(string: text), qos: qos, properties: properties),
            token: token, at: now)
    }

    func pass(_ time: TimeAmount) { now = now + time }
}

extension ControlPacket {
    var publish: Publish? { if case .publish(let packet) = self { packet } else { nil } }
    var acknowledgement: Acknowledgement? {
        if case .acknowledgement(let packet) = self { packet } else { nil }
    }
}

extension SessionAction {
    /// The token of a publish that succeeded.
    var succeeded: UInt64? { if case .published(let token, .success) = self { token } else { nil } }
    var failed: ClientError? {
        if case .published(_, .failure(let error)) = self { error } else { nil }
    }
    var delivery: UInt64? { if case .received(_, let delivery) = self { delivery } else { nil } }
    var isDelivery: Bool { if case .received = self { true } else { false } }
    var closing: ClientError? { if case .close(let error) = self { error } else { nil } }
}
