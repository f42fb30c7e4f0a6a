/// The control packet types, MQTT 5.0 section 2.1.2: the upper four bits of a packet's first byte.
public enum PacketType: UInt8, Sendable, CaseIterable {
    case connect = 1
    case connack = 2
    case publish = 3
    case puback = 4
    case pubrec = 5
    case pubrel = 6
    case pubcomp = 7
    case subscribe = 8
    case suback = 9
    case unsubscribe = 10
    case unsuback = 11
    case pingreq = 12
    case pingresp = 13
    case disconnect = 14
    case auth = 15

    /// The value that the lower four bits of the first byte must have, but for PUBLISH, whose bits are
    /// its flags [MQTT-2.1.3-1].
    public var reservedFlags: UInt8 {
        switch self {
        case .pubrel, .subscribe, .unsubscribe: 0b0010
        default: 0
        }
    }

    /// The first byte of a packet of this type, but for PUBLISH.
    public var firstByte: UInt8 { rawValue << 4 | reservedFlags }
}
