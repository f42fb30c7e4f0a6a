import Logging
import MQTTBroker
import MQTTClient
import NIOCore
import Testing

/// The ways from a client to a broker. Every live test has one body for all of them.
enum TransportKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case tcp
    case webSocket
    case unix
    case tls
    case secureWebSocket

    var testDescription: String { rawValue }

    var listener: ListenerURL {
        switch self {
        case .tcp: .mqtt(host: "127.0.0.1", port: 0)
        case .webSocket: .webSocket(host: "127.0.0.1", port: 0, path: "/mqtt")
        case .tls: .mqtts(host: "127.0.0.1", port: 0)
        case .secureWebSocket: .secureWebSocket(host: "127.0.0.1", port: 0, path: "/mqtt")
        case .unix: .unix(path: "/tmp/mqtt-client-\(UInt64.random(in: 1...UInt64.max)).sock")
        }
    }
}

/// A broker for the time of a test.
struct LiveServer {
    let broker: Broker
    let listeners: [BoundListener]

    static func with(
        _ kind: TransportKind = .tcp, configure: (inout BrokerConfiguration) -> Void = { _ in },
        ports: Ports = Ports(), _ body: (LiveServer) async throws -> Void
    ) async throws {
        let tls = kind.listener.isSecure ? try TestAuthority.shared?.server() : nil
        var configuration = BrokerConfiguration(listeners: [ListenerConfiguration(kind.listener, tls: tls)])
        configuration.engine.systemTopicInterval = 0
        configure(&configuration)
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let broker = Broker(configuration: configuration, ports: ports, logger: silent)
        let listeners = try await broker.start()
        do {
            try await body(LiveServer(broker: broker, listeners: listeners))
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    func configuration(
        _ version: ProtocolVersion = .v5, _ configure: (inout ClientConfiguration) -> Void = { _ in }
    ) throws -> ClientConfiguration {
        var configuration = try ClientConfiguration("\(listeners[0].url)")
        if let authority = TestAuthority.shared {
            configuration.security = .tls(trusting: .pem(authority.path("ca.pem")))
        }
        configuration.version = version
        configuration.timeout = .seconds(20)
        configuration.reconnect = ReconnectPolicy(
            initialDelay: .milliseconds(1), maximumDelay: .milliseconds(5))
        configure(&configuration)
        return configuration
    }

    /// A connected client for the time of `body`.
    @discardableResult
    func client<Result: Sendable>(
        _ version: ProtocolVersion = .v5, _ configure: (inout ClientConfiguration) -> Void = { _ in },
        _ body: (MQTTClient) async throws -> Result
    ) async throws -> Result {
        let client = MQTTClient(try configuration(version, configure))
        try await client.connect()
        do {
            let result = try await body(client)
            await client.disconnect()
            return result
        } catch {
            await client.disconnect()
            throw error
        }
    }
}

extension MQTTClient.Subscription {
    /// The next messages' text.
    func texts(_ count: Int) async throws -> [String] {
        var texts: [String] = []
        for try await message in self {
            texts.append(message.text)
            if texts.count == count { break }
        }
        return texts
    }
}
