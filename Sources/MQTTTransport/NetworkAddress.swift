import NIOCore

/// An address of IPv6, or of IPv4 in the form `::ffff:192.0.2.1`, as a number.
package struct NetworkAddress: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// nil: a Unix socket.
    package init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address):
            // In sockaddr_in behind family and port, on all systems.
            self.init(high: 0, low: 0xFFFF_0000_0000 | Self.number(in: address.address, at: 4, 4))
        case .v6(let address):
            // In sockaddr_in6 behind the flow too.
            self.init(
                high: Self.number(in: address.address, at: 8, 8),
                low: Self.number(in: address.address, at: 16, 8))
        case .unixDomainSocket: return nil
        }
    }

    private static func number<Structure>(in structure: Structure, at offset: Int, _ length: Int) -> UInt64 {
        unsafe withUnsafeBytes(of: structure) { bytes in
            var number: UInt64 = 0
            for index in offset..<(offset + length) { unsafe number = number << 8 | UInt64(bytes[index]) }
            return number
        }
    }

    /// The address with all but its first bits cleared.
    package func prefix(_ bits: Int) -> Self {
        Self(high: Self.clear(high, keeping: bits), low: Self.clear(low, keeping: bits - 64))
    }

    private static func clear(_ number: UInt64, keeping bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? number : number & ~(UInt64.max >> UInt64(bits))
    }

    package var isVersion4: Bool { high == 0 && low >> 32 == 0xFFFF }

    package var isLoopback: Bool {
        isVersion4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1
    }

    /// As people write it.
    package var text: String {
        var bytes = ByteBuffer()
        if isVersion4 {
            bytes.writeInteger(UInt32(truncatingIfNeeded: low))
        } else {
            bytes.writeInteger(high)
            bytes.writeInteger(low)
        }
        return (try? SocketAddress(packedIPAddress: bytes, port: 0).ipAddress).flatMap { $0 } ?? ""
    }

    /// What one customer of a network has: an address of IPv4, the first 64 bits of one of IPv6.
    package var network: Self { isVersion4 ? self : prefix(64) }
}
