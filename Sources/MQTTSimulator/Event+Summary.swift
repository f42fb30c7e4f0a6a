import MQTTCodec
import MQTTEngine

extension Event {
    /// An event in a few words, for the history.
    var summary: String {
        switch self {
        case .clientConnected(let client, _, let isPresent, let keepAlive):
            "\(client.identifier) connected\(isPresent ? ", session present" : ""), keepAlive \(keepAlive)"
        case .clientRefused(let client, let code, let detail):
            "\(client.identifier) refused \(code): \(detail)"
        case .clientDisconnected(let client, let cause, _):
            "\(client.identifier) disconnected \(cause.summary)"
        case .connectionDropped(_, let detail): "connection dropped: \(detail)"
        case .subscribed(let client, let filter, let code):
            "\(client.identifier) subscribed \(filter) \(code)"
        case .unsubscribed(let client, let filter): "\(client.identifier) unsubscribed \(filter)"
        case .publishRefused(let client, let topic, let code):
            "publish of \(client.identifier) to \(topic) refused \(code)"
        case .publishRateExceeded(let client): "\(client.identifier) publishes too fast"
        case .messagesDropped(let identifier, let reason, let count):
            "\(count) dropped for \(identifier): \(reason)"
        case .sessionEnded(let identifier, let cause): "session of \(identifier) ended: \(cause)"
        case .willPublished(let identifier, let topic): "will of \(identifier) published to \(topic)"
        case .publishersHeld(let identifier): "publishers held by \(identifier)"
        case .publishersReleased(let identifier): "publishers released by \(identifier)"
        }
    }
}

extension DisconnectCause {
    fileprivate var summary: String {
        switch self {
        case .byClient(let code): "by itself, \(code)"
        case .connectionLost: "by loss"
        case .byServer(let code, let detail): "by the broker, \(code): \(detail)"
        }
    }
}
