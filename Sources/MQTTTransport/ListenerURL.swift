/// Where a broker listens: `mqtt://HOST:PORT`, `ws://HOST:PORT/PATH` or `unix:///PATH`, and with TLS
/// `mqtts://HOST:PORT` or `wss://HOST:PORT/PATH`.
///
/// The host is an IPv4 address, an IPv6 address in brackets, or a name. Port 0 takes any free port; without a
/// port it is 1883 for MQTT and 8083 for WebSocket, 8883 and 8884 with TLS. Without a path WebSocket's is
/// `/mqtt`. `[::]` stands for all addresses, those of IPv4 among them; `0.0.0.0` for all of IPv4.
public enum ListenerURL: Hashable, Sendable {
    /// MQTT on TCP. An IPv6 address stands without brackets here.
    case mqtt(host: String, port: Int)
    /// MQTT on WebSocket, MQTT 5.0 section 6. The path begins with a slash.
    case webSocket(host: String, port: Int, path: String)
    /// MQTT on TLS.
    case mqtts(host: String, port: Int)
    /// MQTT on WebSocket on TLS.
    case secureWebSocket(host: String, port: Int, path: String)
    /// MQTT on a Unix socket, whose path is absolute.
    case unix(path: String)

    /// The port of MQTT, as registered with IANA.
    public static let defaultPort = 1883
    /// The port of MQTT on TLS, as registered with IANA.
    public static let defaultSecurePort = 8883
    public static let defaultWebSocketPort = 8083
    public static let defaultSecureWebSocketPort = 8884
    public static let defaultWebSocketPath = "/mqtt"

    /// The host; nil for a Unix socket.
    public var host: String? {
        switch self {
        case .mqtt(let host, _), .webSocket(let host, _, _), .mqtts(let host, _),
            .secureWebSocket(let host, _, _):
            host
        case .unix: nil
        }
    }

    /// The port; nil for a Unix socket.
    public var port: Int? {
        switch self {
        case .mqtt(_, let port), .webSocket(_, let port, _), .mqtts(_, let port),
            .secureWebSocket(_, let port, _):
            port
        case .unix: nil
        }
    }

    /// The path of WebSocket; nil for what is none.
    public var webSocketPath: String? {
        switch self {
        case .webSocket(_, _, let path), .secureWebSocket(_, _, let path): path
        case .mqtt, .mqtts, .unix: nil
        }
    }

    /// Whether it speaks TLS.
    public var isSecure: Bool {
        switch self {
        case .mqtts, .secureWebSocket: true
        case .mqtt, .webSocket, .unix: false
        }
    }

    /// Whether only this machine can connect: 127.0.0.0/8, `::1`, `localhost` and Unix sockets.
    public var isLoopback: Bool {
        guard let host else { return true }
        let lower = host.lowercased()
        if lower == "localhost" || lower == "::1" { return true }
        let parts = lower.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The same place at another port; a Unix socket has none.
    public func with(port: Int) -> Self {
        switch self {
        case .mqtt(let host, _): .mqtt(host: host, port: port)
        case .webSocket(let host, _, let path): .webSocket(host: host, port: port, path: path)
        case .mqtts(let host, _): .mqtts(host: host, port: port)
        case .secureWebSocket(let host, _, let path): .secureWebSocket(host: host, port: port, path: path)
        case .unix: self
        }
    }
}

extension ListenerURL: CustomStringConvertible {
    /// The URL in full; parsing it gives the same value again.
    public var description: String {
        switch self {
        case .mqtt(let host, let port): "mqtt://\(Self.bracketed(host)):\(port)"
        case .webSocket(let host, let port, let path): "ws://\(Self.bracketed(host)):\(port)\(path)"
        case .mqtts(let host, let port): "mqtts://\(Self.bracketed(host)):\(port)"
        case .secureWebSocket(let host, let port, let path):
            "wss://\(Self.bracketed(host)):\(port)\(path)"
        case .unix(let path): "unix://\(path)"
        }
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
