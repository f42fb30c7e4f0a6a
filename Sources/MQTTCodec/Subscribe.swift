import NIOCore

/// SUBSCRIBE, MQTT 5.0 section 3.8.
public struct Subscribe: Hashable, Sendable {
    /// One filter with its options.
    public struct Entry: Hashable, Sendable {
        /// As it stood on the wire; well-formed UTF-8, but perhaps no valid filter: that is answered with a
        /// reason code of its own, 0x8F.
        public var topicFilter: MQTTString
        public var options: SubscriptionOptions

        public init(_ topicFilter: MQTTString, _ options: SubscriptionOptions = SubscriptionOptions()) {
            self.topicFilter = topicFilter
            self.options = options
        }
    }

    public var packetIdentifier: UInt16
    public var entries: [Entry]
    public var properties: Properties

    public init(packetIdentifier: UInt16, _ entries: [Entry], properties: Properties = []) {
        self.packetIdentifier = packetIdentifier
        self.entries = entries
        self.properties = properties
    }

    public init(decoding bytes: Span<UInt8>, _ frame: Frame, version: ProtocolVersion) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        packetIdentifier = try cursor.packetIdentifier(bytes)
        properties = version == .v5 ? try Properties(decoding: bytes, &cursor, in: .packet(.subscribe)) : []
        entries = []
        while cursor.remaining > 0 {
            let filter = try cursor.string(bytes)
            let options = try SubscriptionOptions(byte: try cursor.byte(bytes), version: version)
            entries.append(Entry(filter, options))
        }
        guard !entries.isEmpty else { throw .emptyFilterList }
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        buffer.writePacket(PacketType.subscribe.firstByte) { body in
            body.writeInteger(packetIdentifier)
            if version == .v5 { properties.encode(into: &body) }
            for entry in entries {
                body.writeMQTTString(entry.topicFilter)
                body.writeInteger(version == .v5 ? entry.options.byte : entry.options.qos.rawValue)
            }
        }
    }
}
