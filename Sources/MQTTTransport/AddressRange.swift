import NIOCore

/// A range of network addresses in CIDR notation: `192.0.2.0/24`, `2001:db8::/32`, or one address.
///
/// Addresses of IPv4 are compared in their form as addresses of IPv6, `::ffff:192.0.2.1`, so it does not matter
/// which kind of socket they came through.
public struct AddressRange: Sendable, Hashable {
    private let prefix: NetworkAddress
    private let bits: Int
    private let text: String

    /// nil: it is no range.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let socket = try? SocketAddress(ipAddress: String(first), port: 0),
            let address = NetworkAddress(socket)
        else { return nil }
        let offset: Int
        if case .v4 = socket { offset = 96 } else { offset = 0 }
        var bits = 128
        if parts.count > 1 {
            guard let number = Int(parts[1]), (0...(128 - offset)).contains(number) else { return nil }
            bits = number + offset
        }
        self.bits = bits
        self.text = text
        prefix = address.prefix(bits)
    }

    package func contains(_ address: NetworkAddress) -> Bool { address.prefix(bits) == prefix }
}

extension AddressRange: CustomStringConvertible {
    public var description: String { text }
}
