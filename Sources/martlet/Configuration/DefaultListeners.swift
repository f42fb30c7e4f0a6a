#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the broker listens when nothing says where: on this machine only.
enum DefaultListeners {
    static let ports = (mqtt: 1883, webSocket: 8083)

    /// - Parameter hasIPv6: whether `::1` can be bound.
    static func urls(hasIPv6: Bool) -> [String] {
        let hosts = ["127.0.0.1"] + (hasIPv6 ? ["[::1]"] : [])
        return hosts.map { "mqtt://\($0):\(ports.mqtt)" } + hosts.map { "ws://\($0):\(ports.webSocket)/mqtt" }
    }

    /// What is printed along with them.
    static let explanation = """
        only this machine can connect, and without a password: no listener is configured. To let others in, add \
        --listen mqtt://0.0.0.0:1883 --allow-anonymous on a network that you trust (passwords and TLS come with \
        a later version), or name listeners in a configuration file: martlet serve --config FILE
        """

    /// Asks the kernel, because containers often have no IPv6 at all.
    static var hasIPv6Loopback: Bool {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let socket = socket(AF_INET6, stream, 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var address = sockaddr_in6()
        #if canImport(Darwin)
            address.sin6_len = UInt8(MemoryLayout<sockaddr_in6>.size)
        #endif
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        // bind takes every kind of address as a pointer to its common head; it reads it and keeps nothing.
        let outcome = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(socket, pointer, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        return outcome == 0
    }
}
