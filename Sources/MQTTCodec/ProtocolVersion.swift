/// The versions of the protocol, by the level byte of CONNECT.
public enum ProtocolVersion: UInt8, Sendable, CaseIterable, Comparable {
    /// MQTT 3.1, protocol name `MQIsdp`.
    case v3_1 = 3
    /// MQTT 3.1.1, protocol name `MQTT`.
    case v3_1_1 = 4
    /// MQTT 5.0, protocol name `MQTT`.
    case v5 = 5

    /// The protocol name that CONNECT carries, MQTT 5.0 section 3.1.2.1.
    public var protocolName: MQTTString { self == .v3_1 ? "MQIsdp" : "MQTT" }

    /// Whether packets carry properties and reason codes.
    @inlinable
    public var hasProperties: Bool { self == .v5 }

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
