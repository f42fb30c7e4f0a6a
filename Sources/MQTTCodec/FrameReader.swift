/// Finds packets in a stream of bytes, MQTT 5.0 section 2.1.
public enum FrameReader {
    /// What stands at the beginning of some bytes.
    public enum Outcome: Equatable, Sendable {
        /// A whole packet.
        case frame(Frame)
        /// The beginning of one; its whole length, where the fixed header already tells it.
        case incomplete(needed: Int?)
    }

    /// Looks at the bytes from `offset` on.
    ///
    /// - Parameters:
    ///   - bytes: what has been received.
    ///   - offset: where in them the packet begins.
    ///   - maximumPacketSize: the longest packet accepted, in bytes with its fixed header. A longer one is refused as
    ///     soon as its header is there, before room is made for it.
    @inlinable
    public static func next(
        in bytes: Span<UInt8>, from offset: Int, maximumPacketSize: Int
    ) throws(WireError) -> Outcome {
        let available = bytes.count - offset
        guard available >= 2 else { return .incomplete(needed: nil) }
        var length = Int(bytes[offset + 1])
        var header = 2
        if length >= 0x80 {
            length &= 0x7F
            var shift = 7
            while true {
                guard shift <= 21 else { throw .invalidVariableByteInteger }
                guard available > header else { return .incomplete(needed: nil) }
                let byte = bytes[offset + header]
                header += 1
                length |= Int(byte & 0x7F) << shift
                shift += 7
                if byte & 0x80 == 0 {
                    guard byte != 0 else { throw .invalidVariableByteInteger }
                    break
                }
            }
        }
        guard header + length <= maximumPacketSize else { throw .packetTooLarge }
        guard available >= header + length else { return .incomplete(needed: header + length) }
        let start = offset + header
        return .frame(Frame(firstByte: bytes[offset], body: start..<start + length))
    }
}
