import NIOCore

extension ListenerURL {
    /// The longest path that fits a socket address on Linux (107) and Apple systems (103).
    private static let longestUnixPath = 103

    /// Reads a URL.
    public init(_ text: String) throws(ListenerURLError) {
        guard let separator = Self.firstRange(of: "://", in: text) else { throw .missingScheme(text) }
        let scheme = text[..<separator.lowerBound].lowercased()
        let rest = text[separator.upperBound...]
        switch scheme {
        case "mqtt", "mqtts":
            let (host, port, path) = try Self.authority(rest, whole: text)
            guard path.isEmpty || path == "/" else { throw .unexpectedPath(String(path)) }
            self =
                scheme == "mqtt"
                ? .mqtt(host: host, port: port ?? Self.defaultPort)
                : .mqtts(host: host, port: port ?? Self.defaultSecurePort)
        case "ws", "wss":
            let (host, port, rest) = try Self.authority(rest, whole: text)
            try Self.validate(path: rest)
            let path = rest.isEmpty ? Self.defaultWebSocketPath : String(rest)
            self =
                scheme == "ws"
                ? .webSocket(host: host, port: port ?? Self.defaultWebSocketPort, path: path)
                : .secureWebSocket(host: host, port: port ?? Self.defaultSecureWebSocketPort, path: path)
        case "unix":
            let path = String(rest)
            guard path.hasPrefix("/"), path != "/", !path.contains("\0") else {
                throw .unixPathNotAbsolute(path)
            }
            guard path.utf8.count <= Self.longestUnixPath else { throw .unixPathTooLong(path) }
            self = .unix(path: path)
        default: throw .unknownScheme(scheme)
        }
    }

    /// Takes `HOST:PORT/PATH` apart.
    private static func authority(
        _ rest: Substring, whole: String
    ) throws(ListenerURLError) -> (host: String, port: Int?, path: Substring) {
        if let odd = rest.firstIndex(where: { "?#@".contains($0) }) {
            throw .unexpectedPart(String(rest[odd...]))
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let path = rest[slash...]
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw .invalidIPv6Address(String(authority))
            }
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            guard case .v6 = try? SocketAddress(ipAddress: host, port: 0) else {
                throw .invalidIPv6Address("[\(host)]")
            }
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw .invalidPort(String(tail)) }
            return (host, tail.isEmpty ? nil : try port(tail.dropFirst()), path)
        }
        let colon = authority.firstIndex(of: ":")
        let host = String(authority[..<(colon ?? authority.endIndex)])
        if let colon, authority[authority.index(after: colon)...].contains(":") {
            throw .invalidIPv6Address(String(authority))
        }
        guard !host.isEmpty else { throw .missingHost(whole) }
        guard host.utf8.allSatisfy(isHostByte) else { throw .invalidHost(host) }
        return (
            host,
            try colon.map { colon throws(ListenerURLError) in
                try port(authority[authority.index(after: colon)...])
            }, path
        )
    }

    private static func port(_ text: Substring) throws(ListenerURLError) -> Int {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(text) else {
            throw .invalidPort(String(text))
        }
        return Int(port)
    }

    private static func validate(path: Substring) throws(ListenerURLError) {
        let marks = "-._~!$&'()*+,;=:@%/".utf8
        guard path.utf8.allSatisfy({ isAlphanumeric($0) || marks.contains($0) }) else {
            throw .invalidPath(String(path))
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "-._".utf8.contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: false
        }
    }

    private static func firstRange(of part: String, in text: String) -> Range<String.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(part) {
                return index..<text.index(index, offsetBy: part.count)
            }
            index = text.index(after: index)
        }
        return nil
    }
}
