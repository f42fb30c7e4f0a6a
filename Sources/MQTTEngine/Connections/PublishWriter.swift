import MQTTCodec
import NIOCore

/// What a PUBLISH to one client has beside its message.
struct PublishOptions {
    var version: ProtocolVersion
    var qos: QoS
    var retain = false
    var dup = false
    var packetIdentifier: UInt16 = 0
    /// What is left of the Message Expiry Interval, in seconds [MQTT-3.3.2-6].
    var remainingExpiry: UInt32?
    var topicAlias: UInt16 = 0
    /// Whether the alias alone stands for the topic.
    var omitsTopic = false
    var identifiers = SubscriptionIdentifiers()

    var firstByte: UInt8 {
        PacketType.publish.rawValue << 4 | (dup ? 8 : 0) | qos.rawValue << 1 | (retain ? 1 : 0)
    }

    /// Bytes of the properties that are not the message's own.
    fileprivate var ownPropertiesCount: Int {
        var count = (remainingExpiry == nil ? 0 : 5) + (topicAlias == 0 ? 0 : 3)
        identifiers.forEach { count += 1 + variableByteIntegerLength($0) }
        return count
    }
}

/// How long the parts of a PUBLISH will be.
struct PublishMeasure {
    let properties: Int
    let remainingLength: Int

    init(_ message: borrowing MessageView, _ options: PublishOptions) {
        properties = options.ownPropertiesCount + message.properties.count
        var length = 2 + (options.omitsTopic ? 0 : message.topic.count) + message.payload.count
        if options.qos != .atMostOnce { length += 2 }
        if options.version == .v5 { length += variableByteIntegerLength(properties) + properties }
        remainingLength = length
    }

    /// Bytes of the whole packet.
    var packetSize: Int { 1 + variableByteIntegerLength(remainingLength) + remainingLength }
}

extension ByteBuffer {
    /// Writes a PUBLISH; `payload` false leaves its payload to be sent from where it is.
    mutating func writePublish(
        _ message: borrowing MessageView, _ options: PublishOptions, _ measure: PublishMeasure,
        payload: Bool = true
    ) {
        let size = measure.packetSize - (payload ? 0 : message.payload.count)
        // One access to the buffer for all parts: each one is checked for exclusivity and room.
        unsafe writeWithUnsafeMutableBytes(minimumWritableBytes: size) { target in
            var pen = unsafe Pen(target)
            pen.write(options.firstByte)
            pen.writeVariableByteInteger(measure.remainingLength)
            if options.omitsTopic {
                pen.write(UInt16(0))
            } else {
                pen.write(UInt16(truncatingIfNeeded: message.topic.count))
                pen.write(message.topic)
            }
            if options.qos != .atMostOnce { pen.write(options.packetIdentifier) }
            if options.version == .v5 { pen.writeProperties(message, options, measure) }
            if payload { pen.write(message.payload) }
            return pen.count
        }
    }
}

extension Pen {
    fileprivate mutating func writeProperties(
        _ message: borrowing MessageView, _ options: PublishOptions, _ measure: PublishMeasure
    ) {
        writeVariableByteInteger(measure.properties)
        if let expiry = options.remainingExpiry {
            write(PropertyIdentifier.messageExpiryInterval.rawValue)
            write(UInt16(truncatingIfNeeded: expiry >> 16))
            write(UInt16(truncatingIfNeeded: expiry))
        }
        if options.topicAlias != 0 {
            write(PropertyIdentifier.topicAlias.rawValue)
            write(options.topicAlias)
        }
        if !options.identifiers.isEmpty {
            options.identifiers.forEach {
                write(PropertyIdentifier.subscriptionIdentifier.rawValue)
                writeVariableByteInteger($0)
            }
        }
        write(message.properties)
    }
}
