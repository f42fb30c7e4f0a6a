import MQTTCodec

/// A number for each type of packet but PUBLISH, which is counted by QoS.
public struct CountByPacketType: Sendable, Equatable {
    public var connect: UInt64 = 0
    public var connack: UInt64 = 0
    public var puback: UInt64 = 0
    public var pubrec: UInt64 = 0
    public var pubrel: UInt64 = 0
    public var pubcomp: UInt64 = 0
    public var subscribe: UInt64 = 0
    public var suback: UInt64 = 0
    public var unsubscribe: UInt64 = 0
    public var unsuback: UInt64 = 0
    public var pingreq: UInt64 = 0
    public var pingresp: UInt64 = 0
    public var disconnect: UInt64 = 0
    public var auth: UInt64 = 0

    public init() {}

    @inline(__always)
    mutating func count(_ type: PacketType) {
        switch type {
        case .publish: break
        case .connect: connect += 1
        case .connack: connack += 1
        case .puback: puback += 1
        case .pubrec: pubrec += 1
        case .pubrel: pubrel += 1
        case .pubcomp: pubcomp += 1
        case .subscribe: subscribe += 1
        case .suback: suback += 1
        case .unsubscribe: unsubscribe += 1
        case .unsuback: unsuback += 1
        case .pingreq: pingreq += 1
        case .pingresp: pingresp += 1
        case .disconnect: disconnect += 1
        case .auth: auth += 1
        }
    }

    /// Every type by its name in the standard.
    public var named: [(name: String, count: UInt64)] {
        [
            ("CONNECT", connect), ("CONNACK", connack), ("PUBACK", puback), ("PUBREC", pubrec),
            ("PUBREL", pubrel), ("PUBCOMP", pubcomp), ("SUBSCRIBE", subscribe), ("SUBACK", suback),
            ("UNSUBSCRIBE", unsubscribe), ("UNSUBACK", unsuback), ("PINGREQ", pingreq),
            ("PINGRESP", pingresp), ("DISCONNECT", disconnect), ("AUTH", auth),
        ]
    }
}
