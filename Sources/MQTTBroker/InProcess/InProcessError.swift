/// What can go wrong with a publish or a subscription of the embedding program.
public enum InProcessError: Error, Equatable, Sendable {
    /// The broker refused the connection with this reason code.
    case refused(ReasonCode, reasonString: String?)
    /// The broker did not take the publish: a failing PUBACK or PUBREC.
    case publishRefused(ReasonCode, reasonString: String?)
    /// The broker did not grant a subscription.
    case subscriptionRefused(topicFilter: MQTTString, ReasonCode)
    /// The broker ended the connection, with this reason code if it gave one.
    case disconnected(ReasonCode?)
    /// A topic name, a filter or a property that MQTT does not allow.
    case invalidPacket(WireError)
}

extension InProcessError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let code, let text): "the broker refused the connection: \(code)\(Self.suffix(text))"
        case .publishRefused(let code, let text):
            "the broker did not take the message: \(code)\(Self.suffix(text))"
        case .subscriptionRefused(let filter, let code): "the broker did not grant '\(filter)': \(code)"
        case .disconnected(let code): "the broker ended the connection" + (code.map { ": \($0)" } ?? "")
        case .invalidPacket(let error): error.description
        }
    }

    private static func suffix(_ text: String?) -> String { text.map { " (\($0))" } ?? "" }
}
