/// A proxy between a client and its server. Names are looked up by the proxy, not here.
public enum Proxy: Hashable, Sendable {
    /// HTTP CONNECT, RFC 9110 section 9.3.6.
    case http(host: String, port: Int = 3128)
    /// SOCKS 5 without a password, RFC 1928.
    case socks5(host: String, port: Int = 1080)

    var host: String {
        switch self {
        case .http(let host, _), .socks5(let host, _): host
        }
    }

    var port: Int {
        switch self {
        case .http(_, let port), .socks5(_, let port): port
        }
    }
}
