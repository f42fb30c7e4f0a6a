import NIOCore

/// CONNECT, MQTT 5.0 section 3.1: the client's first packet.
public struct Connect: Hashable, Sendable {
    public var version: ProtocolVersion
    /// Clean Start of 5.0, Clean Session before.
    public var cleanStart: Bool
    /// Seconds; 0: never.
    public var keepAlive: UInt16
    public var clientIdentifier: MQTTString
    public var will: Will?
    public var userName: MQTTString?
    public var password: [UInt8]?
    public var properties: Properties
    /// Whether the level byte had bit 7 set, as bridges of Mosquitto and FlashMQ do.
    public var isBridge: Bool

    public init(
        version: ProtocolVersion = .v5, cleanStart: Bool = true, keepAlive: UInt16 = 0,
        clientIdentifier: MQTTString, will: Will? = nil, userName: MQTTString? = nil,
        password: [UInt8]? = nil,
        properties: Properties = [], isBridge: Bool = false
    ) {
        self.version = version
        self.cleanStart = cleanStart
        self.keepAlive = keepAlive
        self.clientIdentifier = clientIdentifier
        self.will = will
        self.userName = userName
        self.password = password
        self.properties = properties
        self.isBridge = isBridge
    }

    /// What the head of a CONNECT says about its version.
    public enum Greeting: Hashable, Sendable {
        /// A version that Martlet speaks.
        case supported(ProtocolVersion)
        /// The protocol is MQTT, at a level that Martlet does not speak.
        case unsupportedLevel(UInt8)
        /// Another protocol's name.
        case otherProtocol
    }

    /// Reads protocol name and level, so that a refusal can take the form that the client understands.
    public static func greeting(in bytes: Span<UInt8>, _ frame: Frame) throws(WireError) -> Greeting {
        var cursor = WireCursor(over: frame.body)
        return try greeting(bytes, &cursor)
    }

    private static func greeting(_ bytes: Span<UInt8>, _ cursor: inout WireCursor) throws(WireError)
        -> Greeting
    {
        let name = try cursor.string(bytes)
        guard name == ProtocolVersion.v5.protocolName || name == ProtocolVersion.v3_1.protocolName else {
            return .otherProtocol
        }
        let level = try cursor.byte(bytes)
        guard let version = ProtocolVersion(rawValue: level & 0x7F), version.protocolName == name,
            level & 0x80 == 0 || version != .v5
        else { return .unsupportedLevel(level) }
        return .supported(version)
    }

    public init(decoding bytes: Span<UInt8>, _ frame: Frame) throws(WireError) {
        var cursor = WireCursor(over: frame.body)
        guard case .supported(let version) = try Self.greeting(bytes, &cursor) else {
            throw .unsupportedProtocolVersion
        }
        self.version = version
        isBridge = bytes[cursor.offset - 1] & 0x80 != 0
        let flags = ConnectFlags(rawValue: try cursor.byte(bytes))
        try flags.validate(version)
        cleanStart = flags.contains(.cleanStart)
        keepAlive = try cursor.uint16(bytes)
        properties = version == .v5 ? try Properties(decoding: bytes, &cursor, in: .packet(.connect)) : []
        clientIdentifier = try cursor.string(bytes)
        if flags.contains(.will) {
            let properties = version == .v5 ? try Properties(decoding: bytes, &cursor, in: .will) : []
            let topic = try cursor.string(bytes)
            guard topic.bytes.span.isTopicName else { throw .invalidTopicName }
            will = Will(
                topic: topic, payload: try cursor.binary(bytes), qos: flags.willQoS ?? .atMostOnce,
                retain: flags.contains(.willRetain), properties: properties)
        }
        // MQTT 3.1 has servers accept flags whose fields are missing, as clients of its first edition send.
        let mayBeMissing = version == .v3_1
        if flags.contains(.userName) && !(mayBeMissing && cursor.remaining == 0) {
            userName = try cursor.string(bytes)
        }
        if flags.contains(.password) && !(mayBeMissing && cursor.remaining == 0) {
            password = try cursor.binary(bytes)
        }
        try cursor.expectEnd()
    }

    public func encode(into buffer: inout ByteBuffer) {
        buffer.writePacket(PacketType.connect.firstByte) { body in
            body.writeMQTTString(version.protocolName)
            body.writeInteger(version.rawValue | (isBridge ? 0x80 : 0))
            var flags: ConnectFlags = []
            if cleanStart { flags.insert(.cleanStart) }
            if let will {
                flags.insert(.will)
                flags.insert(ConnectFlags(rawValue: will.qos.rawValue << 3))
                if will.retain { flags.insert(.willRetain) }
            }
            if userName != nil { flags.insert(.userName) }
            if password != nil { flags.insert(.password) }
            body.writeInteger(flags.rawValue)
            body.writeInteger(keepAlive)
            if version == .v5 { properties.encode(into: &body) }
            body.writeMQTTString(clientIdentifier)
            if let will {
                if version == .v5 { will.properties.encode(into: &body) }
                body.writeMQTTString(will.topic)
                body.writeLengthPrefixed(will.payload)
            }
            if let userName { body.writeMQTTString(userName) }
            if let password { body.writeLengthPrefixed(password) }
        }
    }
}
