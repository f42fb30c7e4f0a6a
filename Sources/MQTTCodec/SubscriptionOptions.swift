/// The Subscription Options byte, MQTT 5.0 section 3.8.3.1.
public struct SubscriptionOptions: Hashable, Sendable {
    /// What becomes of retained messages when a subscription is made.
    public enum RetainHandling: UInt8, Sendable, CaseIterable {
        /// They are sent [MQTT-3.3.1-9].
        case sendAlways = 0
        /// They are sent if the subscription did not exist [MQTT-3.3.1-10].
        case sendIfNew = 1
        /// They are not sent [MQTT-3.3.1-11].
        case doNotSend = 2
    }

    public var qos: QoS
    public var noLocal: Bool
    public var retainAsPublished: Bool
    public var retainHandling: RetainHandling

    public init(
        qos: QoS = .atMostOnce, noLocal: Bool = false, retainAsPublished: Bool = false,
        retainHandling: RetainHandling = .sendAlways
    ) {
        self.qos = qos
        self.noLocal = noLocal
        self.retainAsPublished = retainAsPublished
        self.retainHandling = retainHandling
    }

    /// Reads the byte. Before 5.0 it is only the QoS, the other bits being reserved [MQTT-3.1.1/3.8.3-4].
    ///
    /// - Throws: ``WireError/reservedBits`` [MQTT-3.8.3-5], or ``WireError/invalidSubscriptionOptions`` for
    ///   QoS 3 and Retain Handling 3.
    public init(byte: UInt8, version: ProtocolVersion) throws(WireError) {
        guard byte & (version == .v5 ? 0xC0 : 0xFC) == 0 else { throw .reservedBits }
        guard let qos = QoS(rawValue: byte & 0x03), let handling = RetainHandling(rawValue: byte >> 4 & 0x03)
        else {
            throw .invalidSubscriptionOptions
        }
        self.init(
            qos: qos, noLocal: byte & 0x04 != 0, retainAsPublished: byte & 0x08 != 0, retainHandling: handling
        )
    }

    public var byte: UInt8 {
        qos.rawValue | (noLocal ? 0x04 : 0) | (retainAsPublished ? 0x08 : 0) | retainHandling.rawValue << 4
    }
}
