import MQTTCodec
import NIOCore

extension Properties {
    /// The properties of a stored message: as on the wire, without their length.
    init(forwarded bytes: [UInt8]) throws(WireError) {
        var buffer = ByteBuffer()
        buffer.writeVariableByteInteger(bytes.count)
        buffer.writeBytes(bytes)
        let whole = Array(buffer.readableBytesView)
        var cursor = WireCursor(over: 0..<whole.count)
        try self.init(decoding: whole.span, &cursor, in: .packet(.publish))
    }

    /// What of them a broker forwards, as on the wire and without their length.
    var forwardedBytes: [UInt8] {
        let kept = list.filter { property in
            switch property.identifier {
            case .payloadFormatIndicator, .contentType, .responseTopic, .correlationData, .userProperty: true
            default: false
            }
        }
        var buffer = ByteBuffer()
        Properties(kept).encode(into: &buffer)
        let whole = Array(buffer.readableBytesView)
        var cursor = WireCursor(over: 0..<whole.count)
        let count = (try? cursor.variableByteInteger(whole.span)) ?? 0
        return Array(whole.suffix(count))
    }
}
