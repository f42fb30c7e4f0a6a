/// The quality of service of a message or a subscription, MQTT 5.0 section 4.3.
public enum QoS: UInt8, Sendable, CaseIterable, Comparable {
    /// Sent once and forgotten.
    case atMostOnce = 0
    /// Sent until it is acknowledged; may arrive twice.
    case atLeastOnce = 1
    /// Arrives exactly once.
    case exactlyOnce = 2

    @inlinable
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
