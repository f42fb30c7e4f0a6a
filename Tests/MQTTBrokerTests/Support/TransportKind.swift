import MQTTBroker
import NIOCore
import Testing

/// The ways to reach a broker. Every live test has one body for all of them.
enum TransportKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case inProcess
    case tcp
    case webSocket
    case unix
    case tls
    case secureWebSocket

    var testDescription: String { rawValue }

    /// A listener at a place that nobody else uses; nil where none is needed.
    var listener: ListenerURL? {
        switch self {
        case .inProcess: nil
        case .tcp: .mqtt(host: "127.0.0.1", port: 0)
        case .webSocket: .webSocket(host: "127.0.0.1", port: 0, path: "/mqtt")
        case .unix: .unix(path: temporarySocketPath())
        case .tls: .mqtts(host: "127.0.0.1", port: 0)
        case .secureWebSocket: .secureWebSocket(host: "127.0.0.1", port: 0, path: "/mqtt")
        }
    }
}
