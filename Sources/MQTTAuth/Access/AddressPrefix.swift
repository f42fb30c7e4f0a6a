#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Addresses with the same beginning: `192.0.2.0/24`, `2001:db8::/32`, or one alone.
public struct AddressPrefix: Sendable, Hashable {
    /// An address in network order: 4 bytes or 16.
    struct Address: Sendable, Hashable {
        let bytes: [UInt8]

        /// `192.0.2.1` or `2001:db8::1`. An IPv4 address in IPv6's clothes is an IPv4 address.
        init?(_ text: some StringProtocol) {
            var four = in_addr()
            if unsafe inet_pton(AF_INET, String(text), &four) == 1 {
                bytes = unsafe withUnsafeBytes(of: four) { unsafe Array($0) }
                return
            }
            var six = in6_addr()
            guard unsafe inet_pton(AF_INET6, String(text), &six) == 1 else { return nil }
            let all = unsafe withUnsafeBytes(of: six) { unsafe Array($0) }
            let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
            bytes = all.starts(with: mapped) ? Array(all[12...]) : all
        }

        /// `192.0.2.1:1234` or `[2001:db8::1]:1234`, with or without the port.
        init?(peer text: String) {
            if text.first == "[" {
                self.init(text.dropFirst().prefix { $0 != "]" }.prefix { $0 != "%" })
            } else {
                let isFour = text.utf8.count(where: { $0 == UInt8(ascii: ":") }) < 2
                self.init(isFour ? text.prefix { $0 != ":" } : text[...])
            }
        }
    }

    private let bytes: [UInt8]
    private let bits: Int

    /// nil: it is no address, or has more bits than one.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = Address(parts[0]) else { return nil }
        bytes = address.bytes
        guard parts.count == 2 else {
            bits = bytes.count * 8
            return
        }
        guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let bits = Int(parts[1]),
            bits <= bytes.count * 8
        else { return nil }
        self.bits = bits
    }

    func contains(_ address: Address) -> Bool {
        guard address.bytes.count == bytes.count else { return false }
        let whole = bits / 8
        guard address.bytes[..<whole] == bytes[..<whole] else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = UInt8(0xFF) << UInt8(8 - bits % 8)
        return address.bytes[whole] & mask == bytes[whole] & mask
    }
}
