import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What clients may call a host by: a DNS name or an address.
enum HostName: Hashable {
    case name(String)
    /// Four bytes or sixteen.
    case address([UInt8], text: String)

    /// nil: it is neither.
    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            self = .address(Array(bytes.prefix(4)), text: text)
        } else if unsafe inet_pton(AF_INET6, text, &bytes) == 1 {
            self = .address(bytes, text: text)
        } else {
            let isName = text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "-._*".utf8.contains(byte)
                }
            }
            guard isName, !text.isEmpty, text.utf8.count <= 253 else { return nil }
            self = .name(text)
        }
    }

    var text: String {
        switch self {
        case .name(let name): name
        case .address(_, let text): text
        }
    }

    /// This machine's: `localhost`, what it calls itself, and the addresses that it has.
    static var ofThisMachine: [HostName] {
        var texts = ["localhost", "127.0.0.1", "::1"]
        if let name = hostName { texts.append(name) }
        for device in (try? System.enumerateDevices()) ?? [] {
            // Those with a scope, fe80::1%eth0, mean something on this machine only.
            if let address = device.address?.ipAddress, !address.contains("%"), !address.hasPrefix("fe80:") {
                texts.append(address)
            }
        }
        return unique(texts.compactMap { HostName($0) })
    }

    /// In their order, each once.
    static func unique(_ names: [HostName]) -> [HostName] {
        var seen: Set<HostName> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static var hostName: String? {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return nil }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: bytes, as: UTF8.self)
        return name.isEmpty ? nil : name
    }
}

extension HostName {
    /// nil: neither four bytes nor sixteen.
    init?(address: [UInt8]) {
        guard address.count == 4 || address.count == 16,
            let text = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: address), port: 0).ipAddress
        else { return nil }
        self = .address(address, text: text)
    }
}
