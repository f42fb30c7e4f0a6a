import MQTTEngine
import MQTTTransport
import NIOCore

extension Peer {
    /// Who is at the other end of an accepted connection.
    init(of arrival: Arrival, listener: String) {
        self.init(
            address: Self.text(of: arrival.remoteAddress) ?? listener, listener: listener,
            number: arrival.number)
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
