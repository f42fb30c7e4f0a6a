/// A UTF-8 Encoded String of MQTT 5.0, section 1.5.4, kept as its bytes.
///
/// Two are equal when their bytes are: `String` would compare by canonical equivalence, which is the
/// normalisation that [MQTT-4.7.3-4] forbids. On the wire at most 65,535 bytes.
public struct MQTTString: Hashable, Sendable {
    /// The bytes, without the length that stands before them on the wire.
    public var bytes: [UInt8]

    @inlinable
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    @inlinable
    public init(_ string: some StringProtocol) { bytes = Array(string.utf8) }

    @inlinable
    public init(copying span: Span<UInt8>) {
        bytes = [UInt8](capacity: span.count) { output in
            for index in span.indices { output.append(span[index]) }
        }
    }

    @inlinable
    public var isEmpty: Bool { bytes.isEmpty }

    /// The length on the wire, in bytes.
    @inlinable
    public var count: Int { bytes.count }
}

extension MQTTString: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}

extension MQTTString: CustomStringConvertible {
    /// The text; bytes that are no UTF-8 show as U+FFFD.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
