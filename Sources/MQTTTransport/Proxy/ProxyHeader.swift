import NIOCore

/// What a proxy says before the bytes of the client it speaks for: PROXY protocol, versions 1 and 2.
package struct ProxyHeader: Sendable, Equatable {
    /// The client; nil: the proxy speaks for itself, or does not say for whom.
    package var source: SocketAddress?

    package enum Problem: Error, Equatable {
        /// What came first is no header.
        case missing
        case malformed
        case tooLong

        var explanation: String {
            switch self {
            case .missing: "a client without a proxy's header came to a listener behind a proxy"
            case .malformed: "the proxy's header is malformed"
            case .tooLong: "the proxy's header is too long"
            }
        }
    }

    /// "At least 536 bytes" must be taken; type-length-values with a client certificate can be longer.
    static let maximumLength = 4096
    /// Of version 1, with the line's end.
    private static let maximumLine = 107
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let word = Array("PROXY ".utf8)

    package init(source: SocketAddress?) { self.source = source }

    /// Takes a header off the front; nil: not all of it is there, and nothing is taken.
    package static func read(from buffer: inout ByteBuffer) throws(Problem) -> ProxyHeader? {
        let bytes = buffer.readableBytesView
        guard let first = bytes.first else { return nil }
        let start = first == signature[0] ? signature : word
        guard bytes.prefix(start.count).elementsEqual(start.prefix(bytes.count)) else { throw .missing }
        guard bytes.count >= start.count else { return nil }
        return first == signature[0] ? try readBinary(from: &buffer) : try readText(from: &buffer)
    }

    // MARK: Version 1

    private static func readText(from buffer: inout ByteBuffer) throws(Problem) -> ProxyHeader? {
        let bytes = buffer.readableBytesView.prefix(maximumLine)
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
            if bytes.count == maximumLine { throw .tooLong }
            return nil
        }
        let line = bytes[..<end]
        guard line.last == UInt8(ascii: "\r"), line.allSatisfy({ $0 < 0x80 }) else { throw .malformed }
        let words = String(decoding: line.dropLast(), as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        buffer.moveReaderIndex(forwardBy: line.count + 1)
        // Whatever follows UNKNOWN means nothing.
        if words.count >= 2, words[1] == "UNKNOWN" { return ProxyHeader(source: nil) }
        guard words.count == 6, let port = number(words[4]), number(words[5]) != nil else { throw .malformed }
        guard let source = try? SocketAddress(ipAddress: String(words[2]), port: port),
            let destination = try? SocketAddress(ipAddress: String(words[3]), port: 0)
        else { throw .malformed }
        switch (words[1], source, destination) {
        case ("TCP4", .v4, .v4), ("TCP6", .v6, .v6): return ProxyHeader(source: source)
        default: throw .malformed
        }
    }

    /// Digits only, without zeros in front.
    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(text),
            String(number) == text
        else { return nil }
        return Int(number)
    }

    // MARK: Version 2

    private static func readBinary(from buffer: inout ByteBuffer) throws(Problem) -> ProxyHeader? {
        let start = buffer.readerIndex + signature.count
        guard let version = buffer.getInteger(at: start, as: UInt8.self),
            let family = buffer.getInteger(at: start + 1, as: UInt8.self),
            let length = buffer.getInteger(at: start + 2, as: UInt16.self)
        else { return nil }
        guard version >> 4 == 2, version & 0x0F <= 1 else { throw .malformed }
        guard Int(length) <= maximumLength else { throw .tooLong }
        guard buffer.readableBytes >= signature.count + 4 + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: signature.count + 4)
        // What follows the addresses, type-length-values, is passed over.
        guard var body = buffer.readSlice(length: Int(length)) else { throw .malformed }
        // LOCAL: the proxy looks whether somebody is there.
        if version & 0x0F == 0 { return ProxyHeader(source: nil) }
        switch family {
        case 0x11: return ProxyHeader(source: try readAddress(from: &body, length: 4))
        case 0x21: return ProxyHeader(source: try readAddress(from: &body, length: 16))
        // Unspecified, datagrams or Unix sockets: nothing that could be looked at.
        case 0x00, 0x12, 0x22, 0x31, 0x32: return ProxyHeader(source: nil)
        default: throw .malformed
        }
    }

    private static func readAddress(
        from body: inout ByteBuffer, length: Int
    ) throws(Problem) -> SocketAddress {
        guard let source = body.readSlice(length: length), body.readSlice(length: length) != nil,
            let port = body.readInteger(as: UInt16.self), body.readInteger(as: UInt16.self) != nil,
            let address = try? SocketAddress(packedIPAddress: source, port: Int(port))
        else { throw .malformed }
        return address
    }
}
