import MQTTCodec
import NIOCore

/// Presence events: `$SYS/brokers/martlet/clients/{client}/connected` and `.../disconnected`, in JSON, at QoS 0.
/// They are published like the other `$SYS` topics, and so wait for nobody; who does not read loses them.
extension Shard {
    /// What has happened to a client, to be published when the event at hand is dealt with.
    struct Presence {
        var topic: MQTTString
        var payload: String
    }

    mutating func notePresence(_ event: Event) {
        switch event {
        case .clientConnected(let client, let version, let sessionPresent, let keepAlive):
            note(
                client, "connected",
                [
                    ("version", "\(version.rawValue)"), ("keepAlive", "\(keepAlive)"),
                    ("sessionPresent", sessionPresent ? "true" : "false"),
                ])
        case .clientDisconnected(let client, let cause, _):
            switch cause {
            case .byClient(let code):
                note(client, "disconnected", [("by", "\"client\""), ("reason", "\"\(code)\"")])
            case .byServer(let code, let detail):
                note(
                    client, "disconnected",
                    [
                        ("by", "\"server\""), ("reason", "\"\(code)\""),
                        ("detail", Self.quoted(detail.utf8)),
                    ])
            case .connectionLost: note(client, "disconnected", [("by", "\"network\"")])
            }
        default: break
        }
    }

    mutating func publishPresences() {
        let all = presences
        presences = []
        for presence in all {
            publish(
                Publish(topicName: presence.topic, payload: ByteBuffer(string: presence.payload)), from: -1)
        }
    }

    private mutating func note(
        _ client: Event.Client, _ what: String, _ more: [(name: String, json: String)]
    ) {
        // The embedding program's own.
        guard client.peer.listener != "in-process" else { return }
        var members = [
            ("client", Self.quoted(client.identifier.bytes)),
            ("address", Self.quoted(client.peer.address.utf8)),
            ("listener", Self.quoted(client.peer.listener.utf8)),
            ("time", "\(now.milliseconds + wallClockOffset)"),
        ]
        if let user = client.userName { members.append(("user", Self.quoted(user.bytes))) }
        let text = (members + more).map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
        let topic = "$SYS/brokers/martlet/clients/\(Self.level(client.identifier))/\(what)"
        presences.append(Presence(topic: MQTTString(topic), payload: "{\(text)}"))
    }

    /// A client identifier as one level of a topic: what has a meaning there is written as `%2F`.
    private static func level(_ identifier: MQTTString) -> String {
        var bytes: [UInt8] = []
        for byte in identifier.bytes {
            switch byte {
            case UInt8(ascii: "/"): bytes += Array("%2F".utf8)
            case UInt8(ascii: "+"): bytes += Array("%2B".utf8)
            case UInt8(ascii: "#"): bytes += Array("%23".utf8)
            case UInt8(ascii: "%"): bytes += Array("%25".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A string of JSON.
    private static func quoted(_ text: some Sequence<UInt8>) -> String {
        var bytes = [UInt8(ascii: "\"")]
        let digits = Array("0123456789abcdef".utf8)
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<32: bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes + [UInt8(ascii: "\"")], as: UTF8.self)
    }
}
