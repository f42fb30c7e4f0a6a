extension ListenerEntry {
    var isUnixSocket: Bool { Self.scheme(of: url) == "unix" }

    /// Whether only this machine can reach it. A name other than localhost may mean any address.
    var isLocal: Bool {
        if isUnixSocket { return true }
        let host = Self.host(of: url)
        return host == "localhost" || host == "::1"
            || host.hasPrefix("127.") && host.allSatisfy(\.isAddressMark)
    }

    /// What is wrong with a URL, if anything.
    static func problem(withURL text: String) -> String? {
        guard let scheme = scheme(of: text) else {
            return "\"\(text)\" is not a listener's URL, such as mqtt://127.0.0.1:1883"
        }
        switch scheme {
        case "mqtt", "ws", "unix": return nil
        case "mqtts", "wss", "tls", "ssl":
            return "\(scheme):// is not in this version: TLS comes with a later one"
        default: return "\(scheme):// is not known; a listener is mqtt://, ws:// or unix://"
        }
    }

    private static func scheme(of url: String) -> String? {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        return url[..<colon].lowercased()
    }

    private static func host(of url: String) -> String {
        let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" }
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }
}

extension Character {
    fileprivate var isAddressMark: Bool { isASCII && (isNumber || self == ".") }
}
