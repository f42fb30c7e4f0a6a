import MQTTCodec

extension Shard {
    /// Subscriptions to a filter came or went: siblings are told where that changes what they have to pass on.
    mutating func noteInterest(_ pattern: [UInt8], all: Int, durable: Int) {
        guard !isAlone, let level = siblings.own.change(pattern.span, all: all, durable: durable) else {
            return
        }
        siblings.tellAll(.interest(MQTTString(pattern), level))
    }

    /// Whether a publisher has to wait for what this subscription gets.
    func isDurableInterest(_ qos: QoS, _ session: Int) -> Bool {
        isDurable && sessions[session].id != 0 && qos != .atMostOnce
    }

    mutating func receivedInterest(_ pattern: MQTTString, _ level: InterestLevel, from sibling: Int) {
        siblings.interest.set(level, of: sibling, in: pattern.bytes.span)
        routesChanged(pattern.bytes)
    }

    /// Routes of topics that match a filter have to be made anew.
    mutating func routesChanged(_ pattern: [UInt8]) {
        let hasWildcard = pattern.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") }
        routes.subscriptionsChanged(pattern.span, hasWildcard: hasWildcard)
    }
}
