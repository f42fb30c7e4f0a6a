import MQTTBroker

/// Where the administration listener listens: `http://HOST:PORT` or `https://HOST:PORT`.
struct AdminAddress: Sendable, Equatable, CustomStringConvertible {
    var host: String
    /// 0: one that is free.
    var port: Int
    var isSecure: Bool

    static let defaultPort = 9883

    /// nil: it is no such URL.
    init?(_ text: String) {
        let schemes = [("http://", false), ("https://", true)]
        guard let (scheme, isSecure) = schemes.first(where: { text.lowercased().hasPrefix($0.0) }) else {
            return nil
        }
        // Hosts, brackets and ports follow the rules of the other listeners' URLs.
        var rest = String(text.dropFirst(scheme.count))
        if rest.hasSuffix("/") { rest.removeLast() }
        guard !rest.contains("/"), let url = try? ListenerURL("mqtt://" + rest), let host = url.host else {
            return nil
        }
        self.host = host
        self.isSecure = isSecure
        let hasPort = rest.last != "]" && (rest.split(separator: "]").last ?? "").contains(":")
        port = hasPort ? url.port ?? Self.defaultPort : Self.defaultPort
    }

    /// Whether only this machine can reach it.
    var isLoopback: Bool { ListenerURL.mqtt(host: host, port: port).isLoopback }

    var description: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
