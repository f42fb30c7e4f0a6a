import MQTTCodec
import MQTTEngine
import NIOCore

enum RoutePaths {
    static func hit(_ count: Int) {
        var rig = Rig()
        let publisher = rig.client("publisher")
        let bytes = ControlPacket.message("house/kitchen/temperature", .atMostOnce).bytes
        for _ in 0..<count { rig.send(bytes, on: publisher) }
        require(rig.shard.counters.routeHits == count - 1, "all but the first find their route")
    }

    /// Topics `t/00000000`, `t/00000001` and so on.
    static func miss(_ count: Int) {
        var rig = Rig()
        let publisher = rig.client("publisher")
        let subscriber = rig.client("subscriber")
        for number in 0..<10_000 {
            let filter = number % 10 == 0 ? "house/+/\(number)" : "house/\(number)/temperature"
            let entry = Subscribe.Entry(MQTTString(filter), SubscriptionOptions(qos: .atMostOnce))
            rig.send(.subscribe(Subscribe(packetIdentifier: 1, [entry])), on: subscriber)
        }
        var bytes = ControlPacket.message("house/00000000/temperature", .atMostOnce).bytes
        for number in 0..<count {
            var rest = number
            for digit in 0..<8 {
                // The topic begins behind the first byte, the length and its own length; a digit behind `house/`.
                bytes.setInteger(UInt8(ascii: "0") + UInt8(rest % 10), at: 4 + 6 + 7 - digit)
                rest /= 10
            }
            rig.send(bytes, on: publisher)
        }
        require(rig.shard.counters.routeMisses == count, "no topic comes twice")
    }
}
