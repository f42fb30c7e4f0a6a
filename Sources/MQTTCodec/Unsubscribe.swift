import NIOCore

/// UNSUBSCRIBE, MQTT 5.0 section 3.10.
public struct Unsubscribe: Hashable, Sendable {
    public var packetIdentifier: UInt16
    public var topicFilters: [MQTTString]
    public var properties: Properties

    public init(packetIdentifier: UInt16, _ topicFilters: [MQTTString], properties: Properties = []) {
        self.packetIdentifier = packetIdentifier
        self.topicFilters = topicFilters
        self.properties = properties
    }

    public init(decoding bytes: Span<UInt8>, _ frame: Frame, version: ProtocolVersion) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        packetIdentifier = try cursor.packetIdentifier(bytes)
        properties = version == .v5 ? try Properties(decoding: bytes, &cursor, in: .packet(.unsubscribe)) : []
        topicFilters = []
        while cursor.remaining > 0 { topicFilters.append(try cursor.string(bytes)) }
        guard !topicFilters.isEmpty else { throw .emptyFilterList }
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        buffer.writePacket(PacketType.unsubscribe.firstByte) { body in
            body.writeInteger(packetIdentifier)
            if version == .v5 { properties.encode(into: &body) }
            for filter in topicFilters { body.writeMQTTString(filter) }
        }
    }
}
