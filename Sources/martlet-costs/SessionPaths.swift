import MQTTCodec
import MQTTEngine
import NIOCore

enum SessionPaths {
    static func retain(_ count: Int) {
        var rig = Rig()
        let publisher = rig.client("publisher")
        let bytes = ControlPacket.publish(
            Publish(
                topicName: "house/kitchen/temperature", payload: ByteBuffer(repeating: 0x61, count: 64),
                retain: true)
        ).bytes
        for _ in 0..<count { rig.send(bytes, on: publisher) }
        require(rig.shard.counters.retainedMessages == 1, "the message is retained")
    }

    static func subscribe(_ count: Int) {
        var rig = Rig()
        let client = rig.client("client")
        let entry = Subscribe.Entry("house/+/temperature", SubscriptionOptions(qos: .atLeastOnce))
        let coming = ControlPacket.subscribe(Subscribe(packetIdentifier: 1, [entry])).bytes
        let going = ControlPacket.unsubscribe(Unsubscribe(packetIdentifier: 2, ["house/+/temperature"])).bytes
        for _ in 0..<count {
            rig.send(coming, on: client)
            require(rig.shard.counters.subscriptions == 1, "the subscription is there")
            rig.send(going, on: client)
        }
        require(rig.shard.counters.subscriptions == 0, "no subscription is left")
    }

    static func connect(_ count: Int, isAuthenticated: Bool) {
        var rig = Rig(Ports(authenticator: isAuthenticated ? Anybody() : nil))
        let coming = ControlPacket.connect(
            Connect(
                keepAlive: 60, clientIdentifier: "kitchen-thermometer", userName: "kitchen",
                password: Array("secret".utf8))
        ).bytes
        let going = ControlPacket.disconnect(Disconnect()).bytes
        for _ in 0..<count {
            let id = rig.open()
            rig.send(coming, on: id)
            rig.send(going, on: id)
            rig.lose(id)
        }
        require(rig.shard.counters.connectionsAccepted == count, "every client is let in")
        require(rig.shard.counters.sessions == 0, "no session is left")
    }

    /// The rig answers for it.
    private struct Anybody: Authenticator {
        func authenticate(_ request: AuthenticationRequest) async -> AuthenticationOutcome {
            .refused(.serverUnavailable)
        }
    }
}
