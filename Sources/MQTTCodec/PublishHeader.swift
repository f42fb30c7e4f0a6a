/// Where the parts of a received PUBLISH stand: the form of the hot path, nothing copied, nothing owned.
///
/// The topic is *not* validated here: a broker that finds it in its route cache knows it to be a topic name
/// already. Everything else is.
public struct PublishHeader: Sendable {
    /// The first byte: packet type, DUP, QoS and RETAIN.
    public let firstByte: UInt8
    /// 0 at QoS 0, which has none [MQTT-2.2.1-2].
    public let packetIdentifier: UInt16
    /// The Topic Alias; 0 where there is none.
    public private(set) var topicAlias: UInt16 = 0
    /// The Message Expiry Interval in seconds.
    public private(set) var messageExpiryInterval: UInt32?
    public let topic: Range<Int>
    public let payload: Range<Int>
    /// The properties that are forwarded unaltered, in up to three pieces: all but alias and expiry.
    public private(set) var forwardedProperties = ForwardedProperties()

    @inlinable
    public var qos: QoS { QoS(rawValue: firstByte >> 1 & 0x03) ?? .atMostOnce }
    @inlinable
    public var dup: Bool { firstByte & 0x08 != 0 }
    @inlinable
    public var retain: Bool { firstByte & 0x01 != 0 }

    /// - Throws: among others ``WireError/subscriptionIdentifierFromClient``: only servers send them
    ///   [MQTT-3.3.4-6].
    @inlinable
    public init(decoding bytes: Span<UInt8>, _ frame: Frame, version: ProtocolVersion) throws(WireError) {
        let qos = frame.firstByte >> 1 & 0x03
        guard qos != 3, qos != 0 || frame.firstByte & 0x08 == 0 else { throw .invalidPublishFlags }
        var cursor = WireCursor(over: frame.body)
        firstByte = frame.firstByte
        topic = try cursor.lengthPrefixed(bytes)
        packetIdentifier = qos == 0 ? 0 : try cursor.packetIdentifier(bytes)
        guard version == .v5 else {
            payload = cursor.offset..<cursor.end
            return
        }
        let length = try cursor.variableByteInteger(bytes)
        guard length <= cursor.remaining else { throw .lengthMismatch }
        let properties = cursor.offset..<cursor.offset + length
        payload = properties.upperBound..<cursor.end
        if length > 0 { try scan(bytes, properties) }
        guard topicAlias != 0 || !topic.isEmpty else { throw .unknownTopicAlias }
    }

    @usableFromInline
    mutating func scan(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(WireError) {
        var cursor = WireCursor(over: range)
        var seen: UInt64 = 0
        while cursor.remaining > 0 {
            let start = cursor.offset
            let code = try cursor.variableByteInteger(bytes)
            guard let code = UInt8(exactly: code), let identifier = PropertyIdentifier(rawValue: code) else {
                throw .unknownProperty
            }
            if identifier != .userProperty {
                let bit: UInt64 = 1 << UInt64(code)
                guard seen & bit == 0 else { throw .repeatedProperty }
                seen |= bit
            }
            var isForwarded = true
            switch identifier {
            case .payloadFormatIndicator:
                guard try cursor.byte(bytes) <= 1 else { throw .invalidPropertyValue }
            case .messageExpiryInterval:
                messageExpiryInterval = try cursor.uint32(bytes)
                isForwarded = false
            case .topicAlias:
                topicAlias = try cursor.uint16(bytes)
                guard topicAlias != 0 else { throw .invalidTopicAlias }
                isForwarded = false
            case .contentType: _ = try cursor.stringRange(bytes)
            case .responseTopic:
                let topic = try cursor.stringRange(bytes)
                guard bytes.extracting(topic).isTopicName else { throw .invalidTopicName }
            case .correlationData: _ = try cursor.lengthPrefixed(bytes)
            case .userProperty:
                _ = try cursor.stringRange(bytes)
                _ = try cursor.stringRange(bytes)
            case .subscriptionIdentifier: throw .subscriptionIdentifierFromClient
            default: throw .misplacedProperty
            }
            if isForwarded { forwardedProperties.append(start..<cursor.offset) }
        }
    }
}
