import MQTTCodec
import NIOCore

extension ControlPacket {
    /// A packet in a few words, for the history.
    var summary: String {
        switch self {
        case .connect(let packet):
            let will = packet.will.map {
                " will \($0.topic) \($0.payloadText) q\($0.qos.rawValue)\($0.retain ? "r" : "")\($0.properties.text)"
            }
            return "CONNECT \(packet.version) \(packet.clientIdentifier)\(packet.cleanStart ? " clean" : "")"
                + " keepAlive \(packet.keepAlive)\(packet.properties.text)\(will ?? "")"
        case .connack(let packet):
            return
                "CONNACK \(packet.reasonCode)\(packet.sessionPresent ? " present" : "")\(packet.properties.text)"
        case .publish(let packet):
            return
                "PUBLISH \(packet.topicName) '\(packet.payloadText)' q\(packet.qos.rawValue)\(packet.retain ? "r" : "")"
                + "\(packet.dup ? " DUP" : "") id \(packet.packetIdentifier)\(packet.properties.text)"
        case .acknowledgement(let packet):
            return "\(packet.type) \(packet.packetIdentifier) \(packet.reasonCode)"
        case .subscribe(let packet):
            let entries = packet.entries.map { "\($0.topicFilter)(\($0.options.text))" }
            return
                "SUBSCRIBE \(packet.packetIdentifier) \(entries.joined(separator: " "))\(packet.properties.text)"
        case .unsubscribe(let packet):
            let filters = packet.topicFilters.map(\.description)
            return "UNSUBSCRIBE \(packet.packetIdentifier) \(filters.joined(separator: " "))"
        case .subscriptionAcknowledgement(let packet):
            let codes = packet.reasonCodes.map(\.description)
            return "\(packet.type) \(packet.packetIdentifier) \(codes.joined(separator: " "))"
        case .pingreq: return "PINGREQ"
        case .pingresp: return "PINGRESP"
        case .disconnect(let packet): return "DISCONNECT \(packet.reasonCode)\(packet.properties.text)"
        case .auth(let packet): return "AUTH \(packet.reasonCode)"
        }
    }
}

extension Properties {
    fileprivate var text: String {
        isEmpty ? "" : " {" + list.map { "\($0)" }.joined(separator: ", ") + "}"
    }
}

extension SubscriptionOptions {
    fileprivate var text: String {
        "q\(qos.rawValue)\(noLocal ? "n" : "")\(retainAsPublished ? "p" : "")h\(retainHandling.rawValue)"
    }
}

extension Publish {
    fileprivate var payloadText: String { shortened(String(buffer: payload)) }
}

extension Will {
    fileprivate var payloadText: String { shortened(String(decoding: payload, as: UTF8.self)) }
}

private func shortened(_ text: String) -> String {
    text.utf8.count > 24 ? "\(text.prefix(16))… (\(text.utf8.count) bytes)" : text
}
