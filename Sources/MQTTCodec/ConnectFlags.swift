/// The Connect Flags, MQTT 5.0 section 3.1.2.3.
struct ConnectFlags: OptionSet {
    let rawValue: UInt8

    static let reserved = Self(rawValue: 0x01)
    static let cleanStart = Self(rawValue: 0x02)
    static let will = Self(rawValue: 0x04)
    static let willRetain = Self(rawValue: 0x20)
    static let password = Self(rawValue: 0x40)
    static let userName = Self(rawValue: 0x80)

    /// The Will QoS; nil for the value 3, which does not exist [MQTT-3.1.2-12].
    var willQoS: QoS? { QoS(rawValue: rawValue >> 3 & 0x03) }

    /// [MQTT-3.1.2-3], [MQTT-3.1.2-11, -12, -13]; before 5.0 also no password without a user name
    /// [MQTT-3.1.1/3.1.2-22].
    ///
    /// MQTT 3.1 does not use the reserved flag, and disregards Will QoS and Will Retain where no will is.
    func validate(_ version: ProtocolVersion) throws(WireError) {
        guard !contains(.reserved) || version == .v3_1 else { throw .invalidConnectFlags }
        if contains(.will) {
            guard willQoS != nil else { throw .invalidConnectFlags }
        } else if version != .v3_1 {
            guard willQoS == .atMostOnce, !contains(.willRetain) else { throw .invalidConnectFlags }
        }
        if version != .v5 && contains(.password) && !contains(.userName) { throw .invalidConnectFlags }
    }
}
