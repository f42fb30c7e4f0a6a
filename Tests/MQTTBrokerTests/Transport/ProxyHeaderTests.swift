import MQTTTransport
import NIOCore
import Testing

/// PROXY protocol, versions 1 and 2.
@Suite struct ProxyHeaderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]

    private static func version2(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
        signature + [command, family, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }

    private static func read(_ bytes: [UInt8]) throws -> (ProxyHeader?, rest: [UInt8]) {
        var buffer = ByteBuffer(bytes: bytes)
        let header = try ProxyHeader.read(from: &buffer)
        return (header, Array(buffer.readableBytesView))
    }

    private static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0x07, 0x5B]
    private static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 0, count: 16)
        + [0x12, 0x34, 0x07, 0x5B]

    private static let right: [(bytes: [UInt8], address: String?)] = [
        (Array("PROXY TCP4 192.0.2.1 198.51.100.2 4660 1883\r\n".utf8), "192.0.2.1"),
        (Array("PROXY TCP6 2001:db8::7 ::1 4660 1883\r\n".utf8), "2001:db8::7"),
        (Array("PROXY UNKNOWN\r\n".utf8), nil),
        (Array("PROXY UNKNOWN ffff:f...f:ffff any thing\r\n".utf8), nil),
        (version2(0x21, 0x11, ipv4), "192.0.2.1"),
        // With a type-length-value behind.
        (version2(0x21, 0x11, ipv4 + [0x04, 0, 3, 1, 2, 3]), "192.0.2.1"),
        (version2(0x21, 0x21, ipv6), "2001:db8::7"),
        (version2(0x20, 0x00, []), nil),
        (version2(0x20, 0x11, ipv4), nil),
        (version2(0x21, 0x00, []), nil),
        (version2(0x21, 0x31, [UInt8](repeating: 0x61, count: 216)), nil),
    ]

    @Test("Right headers give the client, whatever comes behind is left, and every beginning wants more")
    func rightHeaders() throws {
        for (bytes, address) in Self.right {
            let (header, rest) = try Self.read(bytes + [0x10, 0x20])
            #expect(header != nil)
            #expect(header?.source?.ipAddress == address)
            if address != nil { #expect(header?.source?.port == 4660) }
            #expect(rest == [0x10, 0x20])
            for length in 0..<bytes.count {
                let (none, all) = try Self.read(Array(bytes.prefix(length)))
                #expect(none == nil, "\(length) of \(bytes)")
                #expect(all.count == length)
            }
        }
    }

    @Test("Wrong headers are refused as soon as they can be seen to be wrong")
    func wrongHeaders() {
        let wrong: [([UInt8], ProxyHeader.Problem)] = [
            // CONNECT, TLS, HTTP and nothing of the kind.
            ([0x10], .missing), ([0x16, 3, 1], .missing), (Array("GET /".utf8), .missing),
            (Array("PROXx".utf8), .missing), ([13, 10, 13, 11], .missing),
            (Array("PROXY TCP4 192.0.2.1 198.51.100.2 4660\r\n".utf8), .malformed),
            (Array("PROXY TCP4 192.0.2.1 198.51.100.2 4660 1883 1\r\n".utf8), .malformed),
            (Array("PROXY TCP4 192.0.2.1 198.51.100.2 04660 1883\r\n".utf8), .malformed),
            (Array("PROXY TCP4 192.0.2.1 198.51.100.2 65536 1883\r\n".utf8), .malformed),
            (Array("PROXY TCP4 192.0.2.1 198.51.100.2 -1 1883\r\n".utf8), .malformed),
            (Array("PROXY TCP4 2001:db8::7 ::1 4660 1883\r\n".utf8), .malformed),
            (Array("PROXY TCP6 192.0.2.1 198.51.100.2 4660 1883\r\n".utf8), .malformed),
            (Array("PROXY TCP4 localhost 198.51.100.2 4660 1883\r\n".utf8), .malformed),
            (Array("PROXY TCP4  192.0.2.1 198.51.100.2 4660 1883\r\n".utf8), .malformed),
            (Array("PROXY UDP4 192.0.2.1 198.51.100.2 4660 1883\r\n".utf8), .malformed),
            (Array("PROXY TCP4 192.0.2.1 198.51.100.2 4660 1883\n".utf8), .malformed),
            (Array("PROXY TCP4 192.0.2.é\r\n".utf8), .malformed),
            (Array("PROXY \r\n".utf8), .malformed),
            (Array(("PROXY UNKNOWN" + String(repeating: " ", count: 100)).utf8), .tooLong),
            (Self.version2(0x11, 0x11, Self.ipv4), .malformed),
            (Self.version2(0x22, 0x11, Self.ipv4), .malformed),
            (Self.version2(0x21, 0x41, Self.ipv4), .malformed),
            (Self.version2(0x21, 0x11, Array(Self.ipv4.dropLast())), .malformed),
            (Self.version2(0x21, 0x21, Self.ipv4), .malformed),
            (Self.signature + [0x21, 0x11, 0xFF, 0xFF], .tooLong),
        ]
        for (bytes, problem) in wrong {
            #expect(throws: problem, "\(bytes)") { try Self.read(bytes) }
        }
    }

    @Test("Any bytes, and any damage to right ones, are taken, refused or waited for, in bounds")
    func randomBytes() {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<50_000 {
            var bytes = Self.right[round % Self.right.count].bytes
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            if round % 7 == 0 {
                bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            }
            do {
                let (header, rest) = try Self.read(bytes)
                #expect(header != nil || rest.count == bytes.count && bytes.count < 4096 + 16)
                #expect(rest.elementsEqual(bytes.suffix(rest.count)))
            } catch {
                #expect(error is ProxyHeader.Problem, "\(bytes)")
            }
        }
    }

    @Test("Ranges of addresses are read and compared bit by bit")
    func ranges() throws {
        func contains(_ range: String, _ address: String) throws -> Bool {
            try #require(AddressRange(range)).contains(
                try #require(NetworkAddress(SocketAddress(ipAddress: address, port: 0))))
        }
        #expect(try contains("192.0.2.0/24", "192.0.2.255"))
        #expect(try !contains("192.0.2.0/24", "192.0.3.0"))
        #expect(try contains("192.0.2.7", "192.0.2.7") && !contains("192.0.2.7", "192.0.2.6"))
        #expect(try contains("10.0.0.0/9", "10.127.0.1") && !contains("10.0.0.0/9", "10.128.0.1"))
        #expect(try contains("10.0.0.0/8", "::ffff:10.1.2.3"))
        #expect(try contains("2001:db8::/33", "2001:db8:7fff::1"))
        #expect(try !contains("2001:db8::/33", "2001:db8:8000::1"))
        #expect(try contains("::/0", "10.1.2.3") && contains("0.0.0.0/0", "10.1.2.3"))
        #expect(try !contains("0.0.0.0/0", "2001:db8::1"))
        for wrong in ["", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "host", "10.0.0"] {
            #expect(AddressRange(wrong) == nil, "\(wrong)")
        }
    }
}
