import MQTTTransport

/// Where a server is.
public enum ServerAddress: Hashable, Sendable {
    /// MQTT on TCP. An IPv6 address stands without brackets here.
    case tcp(host: String, port: Int = 1883)
    /// MQTT on WebSocket, MQTT 5.0 section 6. The path begins with a slash.
    case webSocket(host: String, port: Int = 8083, path: String = "/mqtt")
    /// MQTT on a Unix socket.
    case unix(path: String)

    /// Reads `mqtt://HOST:PORT`, `ws://HOST:PORT/PATH` or `unix:///PATH`, the same URLs as the broker's. Without
    /// a port it is 1883, and 8083 for WebSocket; without a path WebSocket's is `/mqtt`.
    ///
    /// - Throws: ``ClientError/invalidAddress(_:)``, whose text says what was probably meant.
    public init(_ url: String) throws(ClientError) {
        let place: ListenerURL
        do {
            place = try ListenerURL(url)
        } catch {
            throw .invalidAddress("\(error)")
        }
        if case .unix(let path) = place {
            self = .unix(path: path)
        } else if case .webSocket(let host, let port, let path) = place {
            self = .webSocket(host: host, port: port, path: path)
        } else if case .mqtt(let host, let port) = place {
            self = .tcp(host: host, port: port)
        } else {
            throw .invalidAddress("'\(url)': clients have mqtt://, ws:// and unix:// in this version")
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
        switch self {
        case .tcp(_, let port): return .tcp(host: host, port: namesPort ? place.port ?? port : port)
        case .webSocket(_, let port, let path):
            return .webSocket(host: host, port: namesPort ? place.port ?? port : port, path: path)
        case .unix: return nil
        }
    }
}
