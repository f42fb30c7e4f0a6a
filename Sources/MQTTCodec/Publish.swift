import NIOCore

/// PUBLISH, MQTT 5.0 section 3.3, as an owned value: for clients and tests. A broker forwards through
/// ``PublishHeader`` instead.
public struct Publish: Hashable, Sendable {
    public var topicName: MQTTString
    public var payload: ByteBuffer
    public var qos: QoS
    public var retain: Bool
    public var dup: Bool
    /// 1 to 65,535 at QoS 1 and 2, else 0.
    public var packetIdentifier: UInt16
    public var properties: Properties

    public init(
        topicName: MQTTString, payload: ByteBuffer = ByteBuffer(), qos: QoS = .atMostOnce,
        retain: Bool = false,
        dup: Bool = false, packetIdentifier: UInt16 = 0, properties: Properties = []
    ) {
        self.topicName = topicName
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.dup = dup
        self.packetIdentifier = packetIdentifier
        self.properties = properties
    }

    /// Reads a PUBLISH that a server sent: Subscription Identifiers are allowed, and an empty topic where
    /// an alias stands for it.
    public init(decoding bytes: Span<UInt8>, _ frame: Frame, version: ProtocolVersion) throws(WireError) {
        guard let qos = QoS(rawValue: frame.firstByte >> 1 & 0x03) else { throw .invalidPublishFlags }
        self.qos = qos
        dup = frame.firstByte & 0x08 != 0
        retain = frame.firstByte & 0x01 != 0
        payload = ByteBuffer()
        guard frame.firstByte & 0x08 == 0 || qos != .atMostOnce else { throw .invalidPublishFlags }
        var cursor = WireCursor(over: frame.body)
        topicName = try cursor.string(bytes)
        packetIdentifier = qos == .atMostOnce ? 0 : try cursor.packetIdentifier(bytes)
        properties = version == .v5 ? try Properties(decoding: bytes, &cursor, in: .packet(.publish)) : []
        if version == .v5 && topicName.isEmpty {
            guard properties.topicAlias != nil else { throw .unknownTopicAlias }
        } else {
            guard topicName.bytes.span.isTopicName else { throw .invalidTopicName }
        }
        payload.writeSpan(bytes.extracting(cursor.offset..<cursor.end))
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        let firstByte =
            PacketType.publish.rawValue << 4 | (dup ? 8 : 0) | qos.rawValue << 1 | (retain ? 1 : 0)
        guard version != .v5 || properties.isEmpty else {
            return buffer.writePacket(firstByte) { body in
                body.writeMQTTString(topicName)
                if qos != .atMostOnce { body.writeInteger(packetIdentifier) }
                properties.encode(into: &body)
                body.writeImmutableBuffer(payload)
            }
        }
        // The length is known beforehand: it goes into the buffer as it is.
        let propertyLength = version == .v5 ? 1 : 0
        let identifierLength = qos == .atMostOnce ? 0 : 2
        let length = 2 + topicName.count + identifierLength + propertyLength + payload.readableBytes
        buffer.reserveCapacity(minimumWritableBytes: 5 + length)
        buffer.writeInteger(firstByte)
        buffer.writeVariableByteInteger(length)
        buffer.writeMQTTString(topicName)
        if qos != .atMostOnce { buffer.writeInteger(packetIdentifier) }
        if version == .v5 { buffer.writeInteger(UInt8(0)) }
        buffer.writeImmutableBuffer(payload)
    }
}
