import MQTTClient
import MQTTCodec
import Synchronization

/// The packets that come and go, in the words of Mosquitto's tools: what `-d` prints.
final class PacketLines: Sendable {
    private struct State {
        var clientIdentifier: MQTTString?
        /// Mosquitto's tools count messages of QoS 0 too.
        var lastIdentifier: UInt16 = 0
    }

    private let state: Mutex<State>
    private let kind: ToolKind
    private let version: ProtocolVersion

    /// - Parameter clientIdentifier: nil: the server may choose it.
    init(_ kind: ToolKind, _ version: ProtocolVersion, clientIdentifier: MQTTString?) {
        self.kind = kind
        self.version = version
        state = Mutex(State(clientIdentifier: clientIdentifier.flatMap { $0.isEmpty ? nil : $0 }))
    }

    func lines(_ direction: PacketDirection, _ packet: ControlPacket) -> [String] {
        let (name, texts) = state.withLock { state in
            if case .connack(let connack) = packet, let name = connack.properties.assignedClientIdentifier {
                state.clientIdentifier = name
            }
            let texts = direction == .sent ? Self.sent(packet, &state.lastIdentifier) : [received(packet)]
            return (state.clientIdentifier?.description ?? "(null)", texts)
        }
        let lines = texts.map { "Client \(name) \(direction == .sent ? "sending" : "received") \($0)" }
        guard kind == .sub, case .subscriptionAcknowledgement(let answer) = packet, answer.type == .suback
        else { return lines }
        let codes = answer.reasonCodes.map { "\($0.rawValue)" }.joined(separator: ", ")
        return lines + ["Subscribed (mid: \(answer.packetIdentifier)): \(codes)"]
    }

    private static func sent(_ packet: ControlPacket, _ last: inout UInt16) -> [String] {
        switch packet {
        case .publish(let publish):
            last = publish.qos == .atMostOnce ? last &+ 1 : publish.packetIdentifier
            return [text(publish, last)]
        case .subscribe(let subscribe):
            last = subscribe.packetIdentifier
            return subscribe.entries.map { entry in
                let options = entry.options.byte & ~3
                return
                    "SUBSCRIBE (Mid: \(last), Topic: \(entry.topicFilter), QoS: \(entry.options.qos.rawValue), "
                    + "Options: 0x\(options < 16 ? "0" : "")\(String(options, radix: 16)))"
            }
        case .unsubscribe(let unsubscribe):
            last = unsubscribe.packetIdentifier
            return unsubscribe.topicFilters.map { "UNSUBSCRIBE (Mid: \(last), Topic: \($0))" }
        case .acknowledgement(let answer):
            let code = [.puback, .pubrec].contains(answer.type) ? ", rc\(answer.reasonCode.rawValue)" : ""
            return ["\(name(answer.type)) (m\(answer.packetIdentifier)\(code))"]
        default: return [name(packet.type)]
        }
    }

    private func received(_ packet: ControlPacket) -> String {
        switch packet {
        case .connack(let connack): return "CONNACK (\(number(connack)))"
        case .publish(let publish): return Self.text(publish, publish.packetIdentifier)
        case .acknowledgement(let answer):
            let code =
                [.puback, .pubcomp].contains(answer.type) || answer.reasonCode.isFailure
                ? ", RC:\(answer.reasonCode.rawValue)" : ""
            return "\(Self.name(answer.type)) (Mid: \(answer.packetIdentifier)\(code))"
        case .disconnect(let disconnect): return "DISCONNECT (\(disconnect.reasonCode.rawValue))"
        default: return Self.name(packet.type)
        }
    }

    private func number(_ connack: Connack) -> UInt8 {
        version == .v5 ? connack.reasonCode.rawValue : ConnectReturnCode(connack.reasonCode).rawValue
    }

    private static func text(_ publish: Publish, _ identifier: UInt16) -> String {
        "PUBLISH (d\(publish.dup ? 1 : 0), q\(publish.qos.rawValue), r\(publish.retain ? 1 : 0), "
            + "m\(identifier), '\(publish.topicName)', ... (\(publish.payload.readableBytes) bytes))"
    }

    private static func name(_ type: PacketType) -> String { "\(type)".uppercased() }
}
