import NIOCore

/// Any control packet as a value: for clients' rarer packets, tests and tools. A broker's hot path
/// dispatches on the type byte and never builds one.
public enum ControlPacket: Hashable, Sendable {
    case connect(Connect)
    case connack(Connack)
    case publish(Publish)
    /// PUBACK, PUBREC, PUBREL and PUBCOMP.
    case acknowledgement(Acknowledgement)
    case subscribe(Subscribe)
    case unsubscribe(Unsubscribe)
    /// SUBACK and UNSUBACK.
    case subscriptionAcknowledgement(SubscriptionAcknowledgement)
    case pingreq
    case pingresp
    case disconnect(Disconnect)
    case auth(Auth)

    public var type: PacketType {
        switch self {
        case .connect: .connect
        case .connack: .connack
        case .publish: .publish
        case .acknowledgement(let packet): packet.type
        case .subscribe: .subscribe
        case .unsubscribe: .unsubscribe
        case .subscriptionAcknowledgement(let packet): packet.type
        case .pingreq: .pingreq
        case .pingresp: .pingresp
        case .disconnect: .disconnect
        case .auth: .auth
        }
    }

    public init(decoding bytes: Span<UInt8>, _ frame: Frame, version: ProtocolVersion) throws(WireError) {
        let type = try frame.validateHeader(version)
        switch type {
        case .connect: self = .connect(try Connect(decoding: bytes, frame))
        case .connack: self = .connack(try Connack(decoding: bytes, frame, version: version))
        case .publish: self = .publish(try Publish(decoding: bytes, frame, version: version))
        case .puback, .pubrec, .pubrel, .pubcomp:
            self = .acknowledgement(
                try Acknowledgement(decoding: bytes, frame, type: type, version: version))
        case .subscribe: self = .subscribe(try Subscribe(decoding: bytes, frame, version: version))
        case .unsubscribe: self = .unsubscribe(try Unsubscribe(decoding: bytes, frame, version: version))
        case .suback, .unsuback:
            self = .subscriptionAcknowledgement(
                try SubscriptionAcknowledgement(decoding: bytes, frame, type: type, version: version))
        case .pingreq, .pingresp:
            guard frame.body.isEmpty else { throw .lengthMismatch }
            self = type == .pingreq ? .pingreq : .pingresp
        case .disconnect: self = .disconnect(try Disconnect(decoding: bytes, frame, version: version))
        case .auth: self = .auth(try Auth(decoding: bytes, frame))
        }
    }

    /// Takes the first packet off a buffer; nil while it is incomplete.
    public static func read(
        from buffer: inout ByteBuffer, version: ProtocolVersion, maximumPacketSize: Int = 268_435_460
    ) throws(WireError) -> ControlPacket? {
        let result = try first(in: buffer, version, maximumPacketSize)
        guard let (packet, length) = result else { return nil }
        buffer.moveReaderIndex(forwardBy: length)
        return packet
    }

    private static func first(
        in buffer: ByteBuffer, _ version: ProtocolVersion, _ maximumPacketSize: Int
    ) throws(WireError) -> (ControlPacket, length: Int)? {
        let bytes = buffer.readableBytesUInt8Span
        guard
            case .frame(let frame) = try FrameReader.next(
                in: bytes, from: 0, maximumPacketSize: maximumPacketSize)
        else { return nil }
        return (try ControlPacket(decoding: bytes, frame, version: version), frame.body.upperBound)
    }

    public func encode(into buffer: inout ByteBuffer, version: ProtocolVersion) {
        switch self {
        case .connect(let packet): packet.encode(into: &buffer)
        case .connack(let packet): packet.encode(into: &buffer, version: version)
        case .publish(let packet): packet.encode(into: &buffer, version: version)
        case .acknowledgement(let packet): packet.encode(into: &buffer, version: version)
        case .subscribe(let packet): packet.encode(into: &buffer, version: version)
        case .unsubscribe(let packet): packet.encode(into: &buffer, version: version)
        case .subscriptionAcknowledgement(let packet): packet.encode(into: &buffer, version: version)
        case .pingreq: buffer.writeInteger(UInt16(PacketType.pingreq.firstByte) << 8)
        case .pingresp: buffer.writeInteger(UInt16(PacketType.pingresp.firstByte) << 8)
        case .disconnect(let packet): packet.encode(into: &buffer, version: version)
        case .auth(let packet): packet.encode(into: &buffer)
        }
    }
}
