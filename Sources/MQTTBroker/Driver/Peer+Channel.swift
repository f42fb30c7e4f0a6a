import MQTTEngine
import NIOCore

extension Peer {
    /// Who is at the other end of an accepted connection.
    init(of channel: any Channel, listener: String) {
        self.init(address: Self.text(of: channel.remoteAddress) ?? listener, listener: listener)
    }

    /// `ADDRESS:PORT`; nil for a Unix socket, whose clients have no name.
    private static func text(of address: SocketAddress?) -> String? {
        guard let host = address?.ipAddress, let port = address?.port else { return nil }
        // How an IPv4 client looks to a listener for all addresses.
        let mapped = "::ffff:"
        if host.hasPrefix(mapped), host.contains(".") { return "\(host.dropFirst(mapped.count)):\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
