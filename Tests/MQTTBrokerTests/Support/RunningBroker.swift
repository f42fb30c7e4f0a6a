import Logging
import MQTTBroker
import NIOCore

/// A broker for the time of a test, with one listener of a kind.
struct RunningBroker {
    let broker: Broker
    let kind: TransportKind
    let listeners: [BoundListener]

    static func with(
        _ kind: TransportKind, configure: (inout BrokerConfiguration) -> Void = { _ in },
        ports: Ports = Ports(), store: (any Store)? = nil,
        observer: (@Sendable (Event) -> Void)? = nil, _ body: (RunningBroker) async throws -> Void
    ) async throws {
        var configuration = BrokerConfiguration()
        configuration.engine.systemTopicInterval = 0
        configuration.stopTime = 10_000
        configuration.listeners =
            kind.listener.map {
                [ListenerConfiguration($0, tls: $0.isSecure ? TestCertificate.server : nil)]
            } ?? []
        configure(&configuration)
        let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let broker = Broker(
            configuration: configuration, ports: ports, store: store, logger: silent, observer: observer)
        let listeners = try await broker.start()
        do {
            try await body(RunningBroker(broker: broker, kind: kind, listeners: listeners))
        } catch {
            await broker.stop()
            throw error
        }
        await broker.stop()
    }

    var address: SocketAddress {
        get throws {
            switch listeners[0].url {
            case .mqtt(let host, let port), .webSocket(let host, let port, _), .mqtts(let host, let port),
                .secureWebSocket(let host, let port, _):
                try SocketAddress(ipAddress: host, port: port)
            case .unix(let path): try SocketAddress(unixDomainSocketPath: path)
            }
        }
    }

    /// A new connection.
    func open() async throws -> any ByteStream {
        switch kind {
        case .inProcess: try await broker.connect()
        case .tcp, .unix: try await SocketStream.connect(to: address)
        case .webSocket: try await WebSocketByteStream.connect(to: address)
        case .tls: try await SocketStream.connect(to: address, isSecure: true)
        case .secureWebSocket: try await WebSocketByteStream.connect(to: address, isSecure: true)
        }
    }

    /// A client on a new connection, which has sent nothing yet.
    func client(_ version: ProtocolVersion = .v5) async throws -> TestClient {
        TestClient(try await open(), version)
    }

    /// A client that is connected.
    func connected(
        _ identifier: MQTTString, version: ProtocolVersion = .v5, cleanStart: Bool = true, will: Will? = nil,
        properties: Properties = []
    ) async throws -> TestClient {
        let client = try await client(version)
        try await client.connect(identifier, cleanStart: cleanStart, will: will, properties: properties)
        return client
    }
}
