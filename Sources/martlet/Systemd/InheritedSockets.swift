import MQTTBroker

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Sockets that systemd listens on already and has passed on, as sd_listen_fds(3) describes: connections that come
/// while the broker is not there wait for it.
///
/// A socket belongs to the listener that is configured for its address, and every socket has to belong to one.
struct InheritedSockets: Sendable {
    private struct Socket: Sendable {
        var descriptor: CInt
        var place: String
    }

    private var sockets: [Socket] = []

    /// A socket that is for no listener.
    struct Unclaimed: Error, CustomStringConvertible {
        var places: [String]

        var description: String {
            "systemd has passed on a socket on \(places.joined(separator: ", ")), and no listener is configured for it"
        }
    }

    /// The first that is passed on.
    private static let first: CInt = 3

    init(_ environment: [String: String]) {
        guard environment["LISTEN_PID"] == "\(getpid())", let text = environment["LISTEN_FDS"],
            let count = CInt(text), count > 0, count <= 1024
        else { return }
        for descriptor in Self.first..<(Self.first + count) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            if let place = Self.place(of: descriptor) {
                sockets.append(Socket(descriptor: descriptor, place: place))
            }
        }
    }

    /// Gives listeners their sockets.
    ///
    /// - Throws: ``Unclaimed`` if one is for none of them.
    func give(to listeners: inout [ListenerConfiguration]) throws(Unclaimed) {
        var left = sockets
        for index in listeners.indices {
            let places = Self.places(of: listeners[index].url)
            listeners[index].sockets = left.filter { places.contains($0.place) }.map(\.descriptor)
            left.removeAll { places.contains($0.place) }
        }
        guard left.isEmpty else { throw Unclaimed(places: left.map(\.place)) }
    }

    private static func places(of url: ListenerURL) -> [String] {
        if case .unix(let path) = url { return [path] }
        guard let host = url.host, let port = url.port else { return [] }
        return (host == "localhost" ? ["127.0.0.1", "::1"] : [host]).map { "[\($0)]:\(port)" }
    }

    /// Where a socket listens; nil: it is none, or of a kind that no listener is.
    private static func place(of descriptor: CInt) -> String? {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let known = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe getsockname(descriptor, pointer, &length)
            }
        }
        guard known == 0 else { return nil }
        // The port is in network order behind the family, in both versions of IP; addresses are behind that.
        let bytes = unsafe withUnsafeBytes(of: &address) { unsafe Array($0.prefix(Int(length))) }
        let port = bytes.count >= 4 ? Int(bytes[2]) << 8 | Int(bytes[3]) : 0
        switch CInt(address.ss_family) {
        case AF_INET where bytes.count >= 8: return "[\(text(AF_INET, bytes[4..<8]))]:\(port)"
        case AF_INET6 where bytes.count >= 24: return "[\(text(AF_INET6, bytes[8..<24]))]:\(port)"
        case AF_UNIX: return String(decoding: bytes.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
        default: return nil
        }
    }

    private static func text(_ family: CInt, _ address: ArraySlice<UInt8>) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten = unsafe Array(address).withUnsafeBytes { bytes in
            unsafe inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)) != nil
        }
        guard isWritten else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
