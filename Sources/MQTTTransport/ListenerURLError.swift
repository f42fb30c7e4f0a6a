/// What is wrong with the text of a ``ListenerURL``. The description says what was probably meant.
public enum ListenerURLError: Error, Hashable, Sendable {
    case missingScheme(String)
    case unknownScheme(String)
    case missingHost(String)
    case invalidHost(String)
    /// An IPv6 address that is no address, or stands without brackets.
    case invalidIPv6Address(String)
    case invalidPort(String)
    /// `mqtt://` has no path.
    case unexpectedPath(String)
    case invalidPath(String)
    /// User names, queries and fragments have no meaning here.
    case unexpectedPart(String)
    case unixPathNotAbsolute(String)
    /// Longer than a socket address can hold, 103 bytes on all systems.
    case unixPathTooLong(String)
}

extension ListenerURLError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missingScheme(let text):
            "'\(text)' does not say how to listen: write mqtt://\(text), ws://HOST:PORT/PATH or unix:///PATH"
        case .unknownScheme(let scheme):
            "'\(scheme)://' is no kind of listener: there are mqtt://HOST:PORT, ws://HOST:PORT/PATH, "
                + "unix:///PATH, and with TLS mqtts:// and wss://"
        case .missingHost(let text):
            "'\(text)' names no host: write 127.0.0.1 for this machine only, 0.0.0.0 or [::] for all addresses"
        case .invalidHost(let host):
            "'\(host)' is no host: write a name, an IPv4 address, an IPv6 address in brackets, "
                + "or 0.0.0.0 or [::] for all addresses"
        case .invalidIPv6Address(let host):
            "'\(host)' is no IPv6 address in brackets, such as [::1]"
        case .invalidPort(let port):
            "'\(port)' is no port: it is a number from 0 to 65535, and 0 takes any that is free"
        case .unexpectedPath(let path):
            "mqtt:// has no path, but '\(path)' was given: for WebSocket write ws://HOST:PORT\(path)"
        case .invalidPath(let path):
            "'\(path)' is no path: it has letters, digits and -._~!$&'()*+,;=:@%/ only"
        case .unexpectedPart(let part):
            "'\(part)' has no meaning in a listener URL"
        case .unixPathNotAbsolute(let path):
            "'\(path)' is not absolute: write three slashes, unix:///run/martlet.sock"
        case .unixPathTooLong(let path):
            "'\(path)' is too long: the path of a Unix socket has at most 103 bytes"
        }
    }
}
