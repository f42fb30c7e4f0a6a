import MQTTCodec

/// Which messages, and which subscriptions, an ``AccessRule`` is about.
public struct AccessConditions: Sendable, Hashable {
    /// Bits by QoS.
    private var qualities: UInt8 = 7
    private var retain: Bool?

    /// - Parameters:
    ///   - qualities: QoS of a publish or a subscription; nil: all.
    ///   - retain: whether RETAIN is set in a publish; nil: whether or not.
    public init(qualities: [QoS]? = nil, retain: Bool? = nil) {
        if let qualities { self.qualities = qualities.reduce(0) { $0 | 1 << $1.rawValue } }
        self.retain = retain
    }

    /// - Parameters:
    ///   - qos: nil: of any.
    ///   - retain: nil: it is no publish.
    func hold(_ qos: QoS?, _ retain: Bool?) -> Bool {
        if let qos, qualities & 1 << qos.rawValue == 0 { return false }
        guard let retain, let wanted = self.retain else { return true }
        return retain == wanted
    }
}
