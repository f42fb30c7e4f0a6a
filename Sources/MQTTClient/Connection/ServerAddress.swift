import MQTTTransport

/// Where a server is.
public enum ServerAddress: Hashable, Sendable {
    /// MQTT on TCP. An IPv6 address stands without brackets here.
    case tcp(host: String, port: Int = 1883)
    /// MQTT on TLS.
    case tls(host: String, port: Int = 8883)
    /// MQTT on WebSocket, MQTT 5.0 section 6. The path begins with a slash.
    case webSocket(host: String, port: Int = 8083, path: String = "/mqtt")
    /// MQTT on WebSocket on TLS.
    case secureWebSocket(host: String, port: Int = 8884, path: String = "/mqtt")
    /// MQTT on a Unix socket.
    case unix(path: String)

    /// Reads `mqtt://HOST:PORT`, `ws://HOST:PORT/PATH` or `unix:///PATH`, and with TLS `mqtts://HOST:PORT` or
    /// `wss://HOST:PORT/PATH`: the same URLs as the broker's. Without a port it is 1883, and 8083 for WebSocket; with
    /// TLS 8883 and 8884. Without a path WebSocket's is `/mqtt`.
    ///
    /// - Throws: ``ClientError/invalidAddress(_:)``, whose text says what was probably meant.
    public init(_ url: String) throws(ClientError) {
        do {
            self =
                switch try ListenerURL(url) {
                case .mqtt(let host, let port): .tcp(host: host, port: port)
                case .mqtts(let host, let port): .tls(host: host, port: port)
                case .webSocket(let host, let port, let path): .webSocket(host: host, port: port, path: path)
                case .secureWebSocket(let host, let port, let path):
                    .secureWebSocket(host: host, port: port, path: path)
                case .unix(let path): .unix(path: path)
                }
        } catch {
            throw .invalidAddress("\(error)")
        }
    }

    /// Empty for a Unix socket.
    var host: String {
        switch self {
        case .tcp(let host, _), .tls(let host, _), .webSocket(let host, _, _),
            .secureWebSocket(let host, _, _):
            host
        case .unix: ""
        }
    }

    /// 0 for a Unix socket.
    var port: Int {
        switch self {
        case .tcp(_, let port), .tls(_, let port), .webSocket(_, let port, _),
            .secureWebSocket(_, let port, _):
            port
        case .unix: 0
        }
    }

    /// nil for what is no WebSocket.
    var webSocketPath: String? {
        switch self {
        case .webSocket(_, _, let path), .secureWebSocket(_, _, let path): path
        case .tcp, .tls, .unix: nil
        }
    }

    var isSecure: Bool {
        switch self {
        case .tls, .secureWebSocket: true
        case .tcp, .webSocket, .unix: false
        }
    }

    /// The same transport at another place, as a Server Reference names it, MQTT 5.0 section 4.11: a host, perhaps
    /// with a port; of several the first. nil: it cannot be understood.
    func moved(to reference: String) -> Self? {
        guard let first = reference.split(separator: " ").first,
            let place = try? ListenerURL("mqtt://\(first)"), let host = place.host
        else { return nil }
        let namesPort =
            place.port != ListenerURL.defaultPort || first.hasSuffix(":\(ListenerURL.defaultPort)")
        let port = namesPort ? place.port ?? port : port
        return switch self {
        case .tcp: .tcp(host: host, port: port)
        case .tls: .tls(host: host, port: port)
        case .webSocket(_, _, let path): .webSocket(host: host, port: port, path: path)
        case .secureWebSocket(_, _, let path): .secureWebSocket(host: host, port: port, path: path)
        case .unix: nil
        }
    }
}
