import MQTTCodec

/// A subscription as an operator sees it.
public struct SubscriptionSummary: Sendable, Equatable {
    public var clientIdentifier: MQTTString
    /// With `$share/{ShareName}/` where it is shared.
    public var filter: MQTTString
    public var options: SubscriptionOptions
    /// 0: none.
    public var identifier: UInt32
}
