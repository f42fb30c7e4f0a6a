import MQTTCodec
import NIOCore

/// The packets of one message, encoded once for each wire layout: version times "has a packet identifier".
/// For each recipient a template is copied, and its flags and its identifier are set where they stand.
struct PublishTemplates: ~Copyable {
    struct Template {
        var buffer = ByteBuffer()
        var isMade = false
        /// Where the packet identifier stands.
        var identifierOffset = 0
    }

    private var templates = [Template](repeating: Template(), count: 4)

    /// A new message begins: what was made is void.
    @inline(__always)
    mutating func begin() {
        for index in 0..<4 { templates[index].isMade = false }
    }

    static func index(_ version: ProtocolVersion, _ qos: QoS) -> Int {
        (version == .v5 ? 2 : 0) + (qos == .atMostOnce ? 0 : 1)
    }

    /// Makes the template if it is missing; returns its number.
    @inline(__always)
    mutating func prepare(
        _ message: borrowing MessageView, _ version: ProtocolVersion, _ qos: QoS, remainingExpiry: UInt32?
    ) -> Int {
        let index = Self.index(version, qos)
        if !templates[index].isMade { make(index, message, version, qos, remainingExpiry) }
        return index
    }

    @inline(__always)
    func size(_ index: Int) -> Int { templates[index].buffer.readableBytes }

    /// Appends the packet to an outbox: one access to its memory for bytes, flags and identifier together.
    @inline(__always)
    func append(_ index: Int, firstByte: UInt8, packetIdentifier: UInt16, to buffer: inout ByteBuffer) {
        let offset = templates[index].identifierOffset
        let size = templates[index].buffer.readableBytes
        precondition(size >= 2 && offset + 1 < size || index & 1 == 0, "no room for a packet identifier")
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { target in
            unsafe templates[index].buffer.withUnsafeReadableBytes { unsafe target.copyMemory(from: $0) }
            unsafe target[0] = firstByte
            if index & 1 == 1 {
                unsafe target[offset] = UInt8(truncatingIfNeeded: packetIdentifier >> 8)
                unsafe target[offset + 1] = UInt8(truncatingIfNeeded: packetIdentifier)
            }
            return size
        }
    }

    private mutating func make(
        _ index: Int, _ message: borrowing MessageView, _ version: ProtocolVersion, _ qos: QoS,
        _ remainingExpiry: UInt32?
    ) {
        let options = PublishOptions(version: version, qos: qos, remainingExpiry: remainingExpiry)
        let measure = PublishMeasure(message, options)
        templates[index].buffer.clear()
        templates[index].buffer.writePublish(message, options, measure)
        templates[index].identifierOffset =
            1 + variableByteIntegerLength(measure.remainingLength) + 2 + message.topic.count
        templates[index].isMade = true
    }
}
